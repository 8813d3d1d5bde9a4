"""A scenario's expectations as a test for Renode's own runner: `renode-test scenario.robot`.

The file wants `setup.resc` beside it, which makes the machine, loads the image and feeds the inputs, and does
not run. All times in it are virtual. What no keyword can check is named in it.

Keywords and arguments are those of the oldest Renode that is meant, 1.15 (renode v1.15.0, src/Renode/
RobotFrameworkEngine/{RenodeKeywords,UartKeywords,LedKeywords}.cs); 1.16 has them all. The runner imports them
and adds set-up and tear-down (renode v1.15.0, tests/robot_tests_provider.py:743-759).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from coincell.engines.renode.robot_cells import can_be_on_uart, content, one_line, seconds
from coincell.ports import Label

SETUP = "setup.resc"
_PREPARE = f"Execute Script    ${{CURDIR}}/{SETUP}"
_POWER = "Renode knows no currents"
_FUNCTIONS = "no keyword times a function"
_MEMORY = "coincell reads it from the image, and watches the stack"
_SCORE = "a test passes or fails, and is not scored"
_RADIO = "no keyword counts a board's packets"
_SEVERAL = "it is about several [detect] tables together"
_ANSWERS = ("found_min", "missed_max", "detection_latency_max_s")
_NOT_CHECKED = {
    "false_alarms_max": "an LED tester waits for a state and counts no edges",
    "false_alarms_max_per_h": "an LED tester waits for a state and counts no edges",
    "lead_min_s": "an LED tester does not tell when an edge came",
    "f1_min_ratio": _SCORE,
    "accuracy_min_ratio": _SCORE,
    "f1_gain_min_ratio": _SCORE,
    "accuracy_gain_min_ratio": _SCORE,
    "false_alarms_fewer_min": _SCORE,
    "class_delay_max_s": _SCORE,
    "inferences_min": _FUNCTIONS,
    "inference_latency_max_s": _FUNCTIONS,
    "duty_max_ratio": "no keyword tells how long a core sleeps",
    "flash_max_bytes": _MEMORY,
    "ram_max_bytes": _MEMORY,
    "stack_max_bytes": _MEMORY,
    "average_current_max_a": _POWER,
    "peak_current_max_a": _POWER,
    "estimates_max_ratio": _POWER,
    "battery_life_min_s": _POWER,
    "packets_min": _RADIO,
    "packets_max": _RADIO,
    "radio_max_bytes": _RADIO,
    "radio_silent_before_first_label": _RADIO,
    "unmodelled_max": "it is about coincell's own models",
    "exit_code": "no keyword tells what the firmware passed to semihosting's exit",
}
_KEYWORDS = r"""
*** Keywords ***
Elapsed Seconds
    ${info}=    Execute Command    machine GetTimeSourceInfo
    ${parts}=    Evaluate    re.search(r'Elapsed Virtual Time: (\\d+):(\\d+):([0-9.]+)', $info).groups()
    ${now}=    Evaluate    int($parts[0]) * 3600 + int($parts[1]) * 60 + float($parts[2])
    RETURN    ${now}

Run Until
    [Arguments]    ${time}
    ${now}=    Elapsed Seconds
    ${left}=    Evaluate    format(max(${time} - ${now}, 0), '.6f')
    Execute Command    emulation RunFor "${left}"

Led Should Become
    [Arguments]    ${state}    ${deadline}
    ${now}=    Elapsed Seconds
    # Renode cuts a time-out to whole milliseconds: up to the next, and half of one for its 32-bit float
    ${left}=    Evaluate    (math.ceil(max(${deadline} - ${now}, 0) * 1000) + 0.5) / 1000
    Assert Led State    ${state}    timeout=${left}    pauseEmulation=true

Led Should Answer
    # only an edge is an answer, so an LED in that state must leave it first
    [Arguments]    ${before}    ${answer}    ${start}    ${deadline}
    Run Until    ${start}
    Led Should Become    ${before}    ${deadline}
    Led Should Become    ${answer}    ${deadline}
"""
"""A tester's pause is exact, and RunFor goes on from there: tests/unit-tests/precise-pause.robot:102-110 and
renode-infrastructure src/Emulator/Main/Testing/LEDTester.cs:37-86, both at v1.15.0."""


@dataclass(frozen=True)
class Answer:
    """When an output is a right answer, as a scenario's [detect] table says."""

    labels: tuple[str, ...]
    net: str
    high: bool
    within_s: Fraction
    early_s: Fraction = Fraction(0)
    from_start: bool = False
    """A latency counts from the label's start, not from its end."""

    def window(self, label: Label, slowest_s: Fraction | None) -> tuple[Fraction, Fraction]:
        """From when to when [s] an edge answers `label`, at most `slowest_s` late."""
        start, end = Fraction(label.start_s), Fraction(label.end_s)
        until = end + self.within_s
        if slowest_s is not None:
            until = min(until, (start if self.from_start else end) + slowest_s)
        return max(start - self.early_s, Fraction(0)), until


@dataclass(frozen=True)
class _Part:
    """What became of some expectations: test cases, and those left out with the reason."""

    tests: list[list[str]]
    left_out: list[str]
    uses_led: bool = False


def robot_text(
    title: str,
    duration_s: Fraction,
    expect: Mapping[str, object],
    *,
    uarts: Sequence[str] = (),
    answer: Answer | None = None,
    labels: Iterable[Label] = (),
    leds: Mapping[str, str] | None = None,
) -> str:
    """The text of `scenario.robot`.

    `expect` is a scenario's [expect] table (None, False and () stand for nothing expected). `uarts` are
    Renode's objects that send the console. `labels` are those of the signal that `answer` means; `leds` maps
    a net to the LED object whose state is the net's level.
    """
    stated = {
        key: bound for key, bound in expect.items() if not (bound is None or bound is False or bound == ())
    }
    parts = [
        _console(stated, duration_s, uarts),
        _answers(stated, duration_s, answer, labels, leds or {}),
        _others(stated),
    ]
    tests = [test for part in parts for test in part.tests]
    if not tests:  # a file without a test is an error
        tests = [["Firmware Runs", _PREPARE, _run(duration_s)]]
    left_out = [text for part in parts for text in part.left_out]
    remarks = [title, "renode-test scenario.robot"]
    if left_out:
        remarks += ["", "Not checked here:", *(f"- {text}" for text in left_out)]
    lines = [f"# {one_line(remark)}".rstrip() for remark in remarks]
    lines += ["", "*** Test Cases ***", "\n\n".join("\n    ".join(test) for test in tests)]
    return "\n".join(lines) + "\n" + (_KEYWORDS if any(part.uses_led for part in parts) else "")


def _console(stated: Mapping[str, object], duration_s: Fraction, uarts: Sequence[str]) -> _Part:
    tests: list[list[str]] = []
    left_out: list[str] = []
    lacks: list[str] = []
    ids = [f"${{uart{i}}}" for i in range(len(uarts))]
    create = [f"{name}=    Create Terminal Tester    {uart}" for name, uart in zip(ids, uarts, strict=True)]
    for key in ("console_contains", "console_lacks"):
        for text in _texts(stated.get(key)):
            if not uarts or not can_be_on_uart(text):
                why = (
                    "no terminal tester can hold such a line"
                    if uarts
                    else "no console of the board is modelled"
                )
                left_out.append(f"{key} = {text!r}: {why}")
            elif key == "console_lacks":
                lacks += [_look("Should Not Be On Uart", text, "0", name) for name in ids]
            else:  # one test each: a tester that found a line has forgotten those before it
                name = f"Console Contains Text {len(tests) + 1}"
                tests.append([name, _PREPARE, *create, *_contains(text, duration_s, ids)])
    if lacks:
        tests.append(["Console Lacks Texts", _PREPARE, *create, _run(duration_s), *lacks])
    return _Part(tests, left_out)


def _contains(text: str, duration_s: Fraction, ids: Sequence[str]) -> list[str]:
    if len(ids) == 1:
        return [_look("Wait For Line On Uart", text, seconds(duration_s), ids[0])]
    said = [f"${{said{i}}}" for i in range(len(ids))]
    looks = (_look("Wait For Line On Uart", text, "0", name) for name in ids)
    asked = [
        f"{it}=    Run Keyword And Return Status    {look}" for it, look in zip(said, looks, strict=True)
    ]
    return [_run(duration_s), *asked, f"Should Be True    {' or '.join(said)}"]


def _look(keyword: str, text: str, timeout: str, tester: str) -> str:
    """What coincell judges, finished or not: a line of the console may lack its end when the run ends."""
    named = (f"timeout={timeout}", f"testerId={tester}", "includeUnfinishedLine=true")
    pattern, *more = content(text)
    return "    ".join((keyword, pattern, *named, *more))


def _answers(
    stated: Mapping[str, object],
    duration_s: Fraction,
    answer: Answer | None,
    labels: Iterable[Label],
    leds: Mapping[str, str],
) -> _Part:
    """One test in which every label must be answered, by the stricter of both bounds."""
    asked = [key for key in _ANSWERS if key in stated]
    if not asked:
        return _Part([], [])
    if answer is None:
        return _Part([], [f"{key} = {_short(stated[key])}: {_SEVERAL}" for key in asked])
    slowest = stated.get("detection_latency_max_s")
    due = sorted(
        answer.window(label, None if slowest is None else Fraction(str(slowest)))
        for label in labels
        if label.name in answer.labels and Fraction(label.end_s) + answer.within_s <= duration_s
    )
    why = _why_no_answers(stated, len(due), answer, leds)
    if why:
        return _Part([], [f"{key} = {_short(stated[key])}: {why}" for key in asked])
    more = _count(stated, "found_min", 0) > len(due)
    left_out = (
        [f"found_min = {stated['found_min']}: {len(due)} labels are due within the run"] if more else []
    )
    before, after = ("false", "true") if answer.high else ("true", "false")
    test = ["Every Label Is Answered", _PREPARE, f"Create Led Tester    {leds[answer.net]}"]
    test += [
        f"Led Should Answer    {before}    {after}    {seconds(start)}    {seconds(until)}"
        for start, until in due
    ]
    return _Part([test], left_out, uses_led=True)


def _why_no_answers(stated: Mapping[str, object], n_due: int, answer: Answer, leds: Mapping[str, str]) -> str:
    """Why an LED tester cannot check the answers; "" where it can."""
    if answer.net not in leds:
        return f"Renode has no LED on {answer.net}"
    if not n_due:
        return "no label is due within the run"
    if _count(stated, "missed_max", 1) > 0 and _count(stated, "found_min", 0) < n_due:
        return f"an LED tester ends the test at the first miss, so it can only demand all {n_due} answers"
    return ""


def _count(stated: Mapping[str, object], key: str, unstated: int) -> int:
    value = stated.get(key, unstated)
    assert isinstance(value, int)
    return value


def _others(stated: Mapping[str, object]) -> _Part:
    rest = [key for key in stated if key not in (*_ANSWERS, "console_contains", "console_lacks")]
    return _Part(
        [],
        [f"{key} = {_short(stated[key])}: {_NOT_CHECKED.get(key, 'no keyword checks it')}" for key in rest],
    )


def _texts(value: object) -> list[str]:
    return [str(text) for text in value] if isinstance(value, Iterable) else []


def _run(duration_s: Fraction) -> str:
    return f'Execute Command    emulation RunFor "{seconds(duration_s)}"'


def _short(value: object) -> str:
    return f"{float(value):g}" if isinstance(value, Fraction) else str(value)
