"""Files for Renode's runner: run by Robot Framework itself, over keywords that know how the run went."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from renode_keywords import Recorded
from robot.running import TestSuite as Suite

from coincell.engines.renode.robot import Answer, robot_text
from coincell.ports import Label
from coincell.scenario.detection import match
from coincell.scenario.expect import Expect
from coincell.simtime import seconds

GOLDEN = Path(__file__).parent / "robot"
UART, LED = "sysbus.uart0", "sysbus.gpio0.led_builtin"
LEDS = {"LED_BUILTIN": LED}
ANSWER = Answer(("coincell",), "LED_BUILTIN", True, Fraction(1, 2))
LABELS = (
    Label(2.1, 2.9, "coincell"),
    Label(3.5, 4.1, "popcorn"),
    Label(6.0625, 6.75, "coincell"),
    Label(9.1, 9.8, "coincell"),
)
"""The last one's answer is due when the run of ten seconds is over."""


def written(duration_s: int = 10, **more: object) -> str:
    expect = more.pop("expect", {})
    return robot_text("A wake word", Fraction(duration_s), expect, **more)  # type: ignore[arg-type]


def ran(text: str, folder: Path, recorded: Recorded | None = None, dry: bool = False) -> dict[str, str]:
    """Test name to "" or what failed. The library comes in as Renode's runner brings its own in."""
    path = folder / "scenario.robot"
    path.write_text(text, "utf-8")
    suite = Suite.from_file_system(path)
    suite.resource.imports.library("renode_keywords.RenodeKeywords", args=(recorded or Recorded(),))
    for test in suite.tests:  # robot_tests_provider.py:755-757
        test.setup.config(name="Reset Emulation")
    result = suite.run(dryrun=dry, output=None, log=None, report=None, console="none")
    assert not result.errors.messages, [message.message for message in result.errors.messages]
    return {test.name: "" if test.passed else test.message for test in result.suite.tests}


ALL = {
    "found_min": 2,
    "missed_max": 0,
    "false_alarms_max": 0,
    "false_alarms_max_per_h": Fraction(1, 10),
    "detection_latency_max_s": Fraction(2, 5),
    "lead_min_s": Fraction(1, 10),
    "f1_min_ratio": Fraction(9, 10),
    "accuracy_min_ratio": Fraction(9, 10),
    "f1_gain_min_ratio": Fraction(1, 10),
    "accuracy_gain_min_ratio": Fraction(1, 10),
    "false_alarms_fewer_min": 1,
    "class_delay_max_s": Fraction(3),
    "inferences_min": 120,
    "inference_latency_max_s": Fraction(1, 20),
    "duty_max_ratio": Fraction(1, 2),
    "flash_max_bytes": 65536,
    "ram_max_bytes": 32768,
    "stack_max_bytes": 4096,
    "average_current_max_a": Fraction(1, 1000),
    "peak_current_max_a": Fraction(1, 100),
    "estimates_max_ratio": Fraction(9, 10),
    "battery_life_min_s": Fraction(777_600),
    "console_contains": ("wake word 4", "ready"),
    "console_lacks": ("lost", "overflow"),
    "packets_min": 0,
    "packets_max": 3,
    "radio_max_bytes": 200,
    "radio_silent_before_first_label": True,
    "unmodelled_max": 0,
    "exit_code": 0,
}
FILES = {
    "everything": written(expect=ALL, uarts=(UART,), answer=ANSWER, labels=LABELS, leds=LEDS),
    "two_uarts": written(
        expect={"console_contains": ("a",), "console_lacks": ("b",)}, uarts=(UART, "sysbus.uart1")
    ),
    "low_is_an_answer": written(
        expect={"missed_max": 0},
        answer=Answer(("coincell",), "LED_RED", False, Fraction(1, 2)),
        labels=LABELS,
        leds={"LED_RED": LED},
    ),
    "nothing": written(),
}


def test_the_window_of_an_answer_is_the_detect_tables() -> None:
    """By hand: early by 0.5 s, until 0.5 s after the end, or until the slowest latency after that side."""
    label = Label(2, 3, "x")
    half = Fraction(1, 2)
    for from_start, slowest, window in (
        (False, None, (Fraction(3, 2), Fraction(7, 2))),
        (False, Fraction(1, 4), (Fraction(3, 2), Fraction(13, 4))),
        (True, Fraction(1, 4), (Fraction(3, 2), Fraction(9, 4))),
        (True, Fraction(9), (Fraction(3, 2), Fraction(7, 2))),
    ):
        assert Answer(("x",), "LED", True, half, half, from_start).window(label, slowest) == window
    assert Answer(("x",), "LED", True, half, Fraction(3)).window(label, None)[0] == 0


def test_a_bound_on_several_tables_is_left_out() -> None:
    text = written(expect={"missed_max": 0}, answer=None, labels=LABELS, leds=LEDS)
    assert "# - missed_max = 0: it is about several [detect] tables together" in text


@pytest.mark.parametrize("name", sorted(FILES))
def test_golden(name: str) -> None:
    assert FILES[name] == (GOLDEN / f"{name}.robot").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_valid_and_calls_keywords_as_they_are(name: str, tmp_path: Path) -> None:
    tests = ran(FILES[name], tmp_path, dry=True)
    assert tests
    assert set(tests.values()) == {""}


def test_a_wrong_number_of_arguments_would_be_noticed(tmp_path: Path) -> None:
    text = FILES["everything"].replace(f"Create Led Tester    {LED}", "Create Led Tester")
    assert "expected 1 to 3 arguments" in ran(text, tmp_path, dry=True)["Every Label Is Answered"]
    text = FILES["nothing"].replace("Execute Script", "Execute Skript")
    assert "No keyword with name 'Execute Skript' found" in ran(text, tmp_path, dry=True)["Firmware Runs"]


def test_every_expectation_of_a_scenario_is_checked_or_named() -> None:
    assert set(ALL) == set(Expect.model_fields)
    remarks = [line for line in FILES["everything"].splitlines() if line.startswith("#")]
    named = {line[4:].split(" = ")[0] for line in remarks if line.startswith("# - ")}
    checked = {"found_min", "missed_max", "detection_latency_max_s", "console_contains", "console_lacks"}
    assert named == set(ALL) - checked
    assert not any("no keyword checks it" in line for line in remarks)  # each has its own reason


def test_nothing_in_a_file_is_absolute() -> None:
    for text in FILES.values():
        assert "${CURDIR}/setup.resc" in text
        assert not re.search(r"(?<![}.\w])/\w|[A-Za-z]:\\", text)


def good(**changes: object) -> Recorded:
    """The firmware says what it should and answers both labels 0.3 s after their end, for 0.2 s."""
    answers = ((3.2, LED, True), (3.4, LED, False), (7.05, LED, True), (7.25, LED, False))
    lines = ((0.1, UART, b"ready"), (7.1, UART, b"wake word 4"))
    return Recorded(**({"lines": lines, "changes": answers} | changes))  # type: ignore[arg-type]


def test_a_good_run_passes(tmp_path: Path) -> None:
    assert ran(FILES["everything"], tmp_path, good()) == {
        "Console Contains Text 1": "",
        "Console Contains Text 2": "",
        "Console Lacks Texts": "",
        "Every Label Is Answered": "",
    }


@pytest.mark.parametrize(
    ("test", "changes"),
    [
        ("Console Contains Text 1", {"lines": ((0.1, UART, b"ready"),)}),
        ("Console Contains Text 1", {"lines": ((0.1, UART, b"ready"), (10.01, UART, b"wake word 4"))}),
        ("Console Lacks Texts", {"lines": (*good().lines, (9.9, UART, b"1 lost"))}),
        ("Every Label Is Answered", {"changes": good().changes[:2]}),
        (
            "Every Label Is Answered",
            {"changes": ((3.31, LED, True), *good().changes[1:])},
        ),  # 0.41 s is too late
        ("Every Label Is Answered", {"changes": ((1.0, LED, True), *good().changes[2:])}),  # lit all along
    ],
)
def test_a_bad_run_fails_in_the_test_of_what_was_expected(test: str, changes: dict, tmp_path: Path) -> None:
    results = ran(FILES["everything"], tmp_path, good(**changes))
    assert {name for name, why in results.items() if why} == {test}


def test_an_led_that_is_still_lit_may_go_out_and_answer(tmp_path: Path) -> None:
    changes = ((1.0, LED, True), (2.5, LED, False), *good().changes)
    assert set(ran(FILES["everything"], tmp_path, good(changes=changes)).values()) == {""}


def test_low_is_an_answer(tmp_path: Path) -> None:
    inverted = tuple((at, led, not on) for at, led, on in good().changes)
    text = FILES["low_is_an_answer"]
    assert set(ran(text, tmp_path, good(changes=((0.0, LED, True), *inverted))).values()) == {""}
    assert all(ran(text, tmp_path, good(changes=())).values())


@pytest.mark.parametrize(("uart", "passes"), [(UART, True), ("sysbus.uart1", True), ("sysbus.uart2", False)])
def test_either_of_two_uarts_may_say_it(uart: str, passes: bool, tmp_path: Path) -> None:
    results = ran(FILES["two_uarts"], tmp_path, Recorded(lines=((1.0, uart, b"a"),)))
    assert (results["Console Contains Text 1"] == "") is passes
    results = ran(FILES["two_uarts"], tmp_path, Recorded(lines=((1.0, uart, b"b"),)))
    assert (results["Console Lacks Texts"] == "") is not passes


@pytest.mark.parametrize(
    ("expect", "leds", "why"),
    [
        ({"found_min": 2}, {}, "Renode has no LED on LED_BUILTIN"),
        ({"found_min": 1}, LEDS, "it can only demand all 2 answers"),
        (
            {"missed_max": 1, "detection_latency_max_s": Fraction(2, 5)},
            LEDS,
            "it can only demand all 2 answers",
        ),
    ],
)
def test_answers_that_cannot_be_checked_are_named(expect: dict, leds: dict, why: str) -> None:
    text = written(expect=expect, answer=ANSWER, labels=LABELS, leds=leds)
    assert "Led" not in text.partition("*** Test Cases ***")[2]
    for key in expect:
        assert any(line.startswith(f"# - {key} = ") and why in line for line in text.splitlines())


def test_more_answers_than_are_due() -> None:
    text = written(expect={"found_min": 3, "missed_max": 0}, answer=ANSWER, labels=LABELS, leds=LEDS)
    assert "# - found_min = 3: 2 labels are due within the run" in text
    assert "Every Label Is Answered" in text
    text = written(2, expect={"missed_max": 0}, answer=ANSWER, labels=LABELS, leds=LEDS)
    assert "# - missed_max = 0: no label is due within the run" in text


@pytest.mark.parametrize("text", ["", "a\rb", "two\nlines", "\x1b[31mred", "\ufffd"])
def test_texts_that_no_tester_can_hold_are_named(text: str) -> None:
    written_text = written(expect={"console_contains": (text,)}, uarts=(UART,))
    assert f"# - console_contains = {text!r}: no terminal tester can hold such a line" in written_text
    assert "On Uart" not in written_text


def test_without_a_console_texts_are_named() -> None:
    assert "# - console_lacks = 'x': no console of the board is modelled" in written(
        expect={"console_lacks": ("x",)}
    )


def test_a_title_cannot_become_anything_else(tmp_path: Path) -> None:
    text = robot_text("*** Settings ***\n*** Test Cases ***\nX\n    Fail", Fraction(1), {})
    assert ran(text, tmp_path) == {"Firmware Runs": ""}


TRICKY = (
    "a  b",
    " a",
    "a ",
    "  ",
    "#x",
    "a # b",
    "| a |",
    "...",
    "IF",
    "${x}",
    "@{x}",
    "%{HOME}",
    "&{a}",
    "${",
    "${{1}}",
)
TRICKY += ("\\", "\\n", "=", "a=b", "content=1", "timeout=5", "a\tb", "é 5 µA", "é (1.0) [x] $5^2|{1}? * + #")
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r\x1b\ufffd"), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(texts, max_size=8))
def test_any_text_arrives_as_it_was(drawn: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """A UART sends just the text; it must be found, and something else must not be."""
    wanted = [*TRICKY, *drawn]
    folder = tmp_path_factory.mktemp("robot")
    recorded = Recorded(lines=tuple((n / 1000, UART, text.encode()) for n, text in enumerate(wanted, 1)))
    results = ran(written(expect={"console_contains": tuple(wanted)}, uarts=(UART,)), folder, recorded)
    assert list(results.values()) == [""] * len(wanted)
    for text, (arrived, regex) in zip(wanted, recorded.calls, strict=True):
        assert arrived.isascii()
        if regex == "false":
            assert arrived == text
        else:  # the tester's line has a character for every byte
            assert re.fullmatch(arrived, text.encode().decode("latin-1"))


times = st.integers(0, 1000)


@settings(max_examples=40, deadline=None)
@given(
    spans=st.lists(st.tuples(times, st.integers(1, 150)), min_size=1, max_size=4),
    flips=st.lists(times, unique=True, max_size=8),
)
def test_the_verdict_is_that_of_coincell(
    spans: list, flips: list, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All labels answered, by Robot and by coincell's own matching. No edge comes just as a label begins."""
    labels = tuple(Label(start / 100, (start + length) / 100, "coincell") for start, length in spans)
    changes = tuple(((at + 0.5) / 100, LED, n % 2 == 0) for n, at in enumerate(sorted(flips)))
    rises = [seconds(at) for at, _, on in changes if on]
    verdict = match(labels, rises, "coincell", "LED", seconds(0.5), seconds(10))
    text = written(expect={"missed_max": 0}, answer=ANSWER, labels=labels, leds=LEDS)
    if not any(label.end_s + 0.5 <= 10 for label in labels):
        return  # none is due within the run
    results = ran(text, tmp_path_factory.mktemp("robot"), Recorded(changes=changes))
    assert (results["Every Label Is Answered"] == "") is (not verdict.missed)
