"""A scenario becomes a request; an engine's answer becomes measurements and verdicts."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from coincell import data
from coincell.engines.contract import ConsoleLine, Edge, Packet
from coincell.errors import InputError
from coincell.scenario import read_scenario, run_scenario, to_document, to_json
from coincell.scenario.expect import Expect
from coincell.scenario.expect import judge as judge_expectations

PS = 10**12
SCENE = """
[signals.microphone]
kind = "speech_scene"
word = "coincell"
words_at_s = [2.0]
noise = "none"
speakers = "held-out"

[detect]
label = "coincell"
net = "LED_BUILTIN"
within_s = 1
"""


def no_build(app, board, toolchain):
    raise AssertionError("nothing to build here")


@pytest.fixture
def judge(write, fake_engine):
    """Run a scenario with extra lines on an engine that answers with changes to the usual run."""

    def run(extra: str = "", drop: tuple[str, ...] = (), **changes):
        return run_scenario(read_scenario(write(extra, drop)), fake_engine(**changes), no_build)

    return run


def test_the_request_carries_what_the_file_says(write, fake_engine):
    engine = fake_engine()
    run_scenario(
        read_scenario(write(SCENE + "[expect]\n", ())), engine, no_build, tier="interpret", strict=True
    )
    request = engine.request
    assert request.duration_ps == 10 * PS
    assert request.board.name == "nano33ble_sense"
    assert request.image.segments[0].address == 0
    assert request.signals["microphone"].labels[0].name == "coincell"
    assert (request.seed, request.tier, request.strict) == (1, "interpret", True)


def test_an_app_is_built_by_whoever_was_passed(write, fake_engine, tmp_path):
    asked = []

    def build(app, board, toolchain, judge):
        asked.append((app, board.name, toolchain, judge))
        return tmp_path / "fw.elf"

    scenario = read_scenario(write('firmware = { app = "hello", judge = "baseline" }', ("firmware",)))
    result = run_scenario(scenario, fake_engine(), build, toolchain="gcc")
    assert asked == [("hello", "nano33ble_sense", "gcc", "baseline")]
    assert (result.origin.firmware, result.origin.toolchain) == ("hello", "gcc")


def test_an_apps_folder_is_found_from_the_scenario(write, fake_engine, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/app.toml").touch()
    asked = []

    def build(app, board, toolchain, judge):
        asked.append(app)
        return tmp_path / "fw.elf"

    scenario = read_scenario(write('firmware = { app = "./mine" }', ("firmware",)))
    assert run_scenario(scenario, fake_engine(), build).origin.firmware == "mine"
    assert asked == [str(tmp_path / "mine")]
    scenario = read_scenario(write('firmware = { app = "mine" }', ("firmware",)))
    with pytest.raises(InputError, match=r'for the folder beside this file say "\./mine"'):
        run_scenario(
            scenario, fake_engine(), lambda app, board, tool, judge: data.find("firmware/apps", app, "")
        )


def test_what_was_heard(judge):
    result = judge(SCENE)
    detections = result.measured.detections
    assert len(detections.found) == 1
    assert detections.found[0].detected_ps == 3 * PS
    assert result.measured.bytes_before_first_label == 0


def test_inference_statistics(judge):
    latency = judge().measured.inference
    assert (latency.count, latency.min_ps, latency.mean_ps, latency.max_ps) == (
        2,
        10 * 10**9,
        15 * 10**9,
        20 * 10**9,
    )
    assert (latency.min_cycles, latency.max_cycles) == (640_000, 1_280_000)


def test_duty_is_awake_over_all(judge):
    assert judge().measured.duty_ratio == Fraction(4, 10)


def test_the_ledger_balances(judge):
    energy = judge().measured.energy
    assert sum(entry.charge_c for entry in energy.entries) == energy.charge_c
    assert energy.average_a == energy.charge_c / 10
    assert sum(energy.by_component().values()) == energy.charge_c


@pytest.mark.parametrize(("per_day", "lit"), [(0, False), (50, True)])
def test_a_day_has_as_many_detections_as_it_says(judge, per_day, lit):
    """The LED is lit by detections alone, so a day without any does not pay for it."""
    life = judge(f"{SCENE}\n[day]\ndetections = {per_day}").measured.life
    assert ("led_builtin" in {component for component, share in life.breakdown if share}) is lit
    assert any(f"detection: {per_day} times a day" in text for text in life.assumptions)


@pytest.mark.parametrize(
    ("lines", "holds", "measured"),
    [
        ("found_min = 1", True, 1),
        ("found_min = 2", False, 1),
        ("missed_max = 0", True, 0),
        ("false_alarms_max = 0", True, 0),
        ("detection_latency_max_ms = 10", False, None),
        ("f1_min_percent = 100", True, 1.0),
        ("false_alarms_max_per_h = 0", True, 0.0),
        ("lead_min_s = 0", False, -1.0),
        ("duty_max_percent = 40", True, 0.4),
        ("duty_max_percent = 39", False, 0.4),
        ("flash_max_bytes = 99999", False, 100_000),
        ("ram_max_bytes = 21500", True, 21_500),
        ("stack_max_bytes = 1499", False, 1500),
        ("packets_min = 2", False, 1),
        ("packets_max = 1", True, 1),
        ("radio_max_bytes = 9", False, 10),
        ("unmodelled_max = 0", True, 0),
        ('console_contains = ["coincell"]', True, "heard coincell 0.97"),
        ('console_contains = ["goodbye"]', False, None),
        ('console_lacks = ["error"]', True, None),
        ('console_lacks = ["heard"]', False, "heard coincell 0.97"),
        ("radio_silent_before_first_label = true", True, 0),
        ("exit_code = 0", False, None),
    ],
)
def test_each_expectation(judge, lines, holds, measured):
    (verdict,) = judge(f"{SCENE}\n[expect]\n{lines}").verdicts
    assert verdict.holds is holds
    if measured is not None or "contains" in lines:
        assert verdict.measured == measured


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ({"inferences_min": 2}, True),
        ({"inferences_min": 3}, False),
        ({"inference_latency_max_s": Fraction(20, 1000)}, True),
        ({"inference_latency_max_s": Fraction(19, 1000)}, False),
    ],
)
def test_expectations_about_inference(judge, bounds, holds):
    (verdict,) = judge_expectations(Expect(**bounds), judge().measured)
    assert verdict.holds is holds


def test_leaking_before_the_word_is_seen(judge):
    early = Packet(PS, PS + 1, 2402, 0, b"secret")
    result = judge(SCENE + "\n[expect]\nradio_silent_before_first_label = true", packets=(early,))
    assert not result.passed
    assert result.failed[0].measured == 6


def test_what_was_not_measured_fails(judge):
    result = judge(SCENE + "\n[expect]\ndetection_latency_max_s = 5", edges=())
    assert result.verdicts[0].measured is None
    assert not result.passed


def test_two_alarms_are_judged_apart_and_together(judge):
    """Each [[detect]] has its own net; expectations are about both."""
    one = SCENE.replace("[detect]", "[[detect]]")
    two = (
        one[one.index("[[detect]]") :]
        .replace("LED_BUILTIN", "LED_RED")
        .replace("within_s = 1", "within_s = 2")
    )
    edges = (Edge(3 * PS, "LED_BUILTIN", True), Edge(5 * PS, "LED_RED", True))
    result = judge(
        f"{one}\n{two}\n[expect]\nfound_min = 1\nmissed_max = 0\nfalse_alarms_max = 1", edges=edges
    )
    assert [len(rule.found) for rule in result.measured.rules] == [1, 0]
    assert [verdict.measured for verdict in result.verdicts] == [1, 1, 1]
    document = to_document(result)
    assert [rule["net"] for rule in document["detections_by_rule"]] == ["LED_BUILTIN", "LED_RED"]
    assert document["detections"]["f1"] == 0.5


SORTED = (
    SCENE.split("[detect]")[0]
    + """
[classify]
settle_s = 0.5
[classify.classes]
"" = "quiet"
coincell = "word"
"""
)


def said(*lines):
    return tuple(ConsoleLine(round(at * PS), "uart", f"class {name}") for at, name in lines)


def test_what_was_classified(judge):
    """The word begins at 2 s and lasts for about half a second; it is said from 2.1 s to 4 s."""
    lines = said((0, "quiet"), (2.1, "word"), (4, "quiet"))
    expect = "f1_min_percent = 50\naccuracy_min_percent = 90\nclass_delay_max_ms = 100"
    result = judge(f"{SORTED}[expect]\n{expect}", console=lines)
    f1, accuracy, delay = result.verdicts
    assert (f1.key, accuracy.key, delay.key) == ("f1_min_ratio", "accuracy_min_ratio", "class_delay_max_s")
    assert accuracy.measured == float(result.measured.classified.accuracy)
    document = to_document(result)["classification"]
    assert list(document["classes"]) == ["quiet", "word"]
    assert document["accuracy"] == accuracy.measured
    assert document["by_class"]["word"]["f1"] == float(result.measured.classified.scores[1].f1)
    first = document["changes"][0]
    assert (first["name"], first["answered_ps"]) == ("word", round(2.1 * PS))
    assert delay.measured == max(change["delay_ps"] for change in document["changes"]) / PS
    assert to_document(judge(SCENE))["classification"] is None


def test_a_class_that_the_table_lacks_is_an_error_of_the_scenario(judge):
    with pytest.raises(InputError) as caught:
        judge(SORTED, console=said((1, "quiet"), (2, "world")))
    text = str(caught.value)
    for words in (
        "test.toml: classify.classes: ",
        "first at 2.000 s",
        "'world'",
        "allowed: quiet, word",
        "'word'?",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("extra", "lines", "says"),
    [
        (SORTED, (), "no class was said"),
        (SORTED.replace("settle_s = 0.5", "settle_s = 99"), said((0, "word")), "no time was judged"),
        (
            SORTED.replace("coincell =", "word ="),
            said((0, "word")),
            "does not name them: the labels coincell",
        ),
    ],
)
def test_where_classes_cannot_be_judged_it_is_said(judge, extra, lines, says):
    assert any(says in words for words in judge(extra, console=lines).warnings)


def test_edges_of_other_nets_and_levels_do_not_count(judge):
    edges = (Edge(3 * PS, "LED_RED", True), Edge(int(3.1 * PS), "LED_BUILTIN", False))
    assert len(judge(SCENE, edges=edges).measured.detections.missed) == 1


def test_warnings_say_what_is_not_known(judge, unmodelled):
    text = "\n".join(judge(unmodelled=(unmodelled,)).warnings)
    assert "not yet validated against hardware" in text
    assert "rests on estimates" in text
    assert "qspi.TASKS_ACTIVATE is not modelled: accessed 3 times, first at 0x00001234" in text


@pytest.mark.parametrize(
    ("extra", "drop", "says"),
    [
        (
            'board = "nano33ble_sens"',
            ("board",),
            ["test.toml: board: no board is", "mean 'nano33ble_sense'?\n  looked at: "],
        ),
        ('battery = "aaa3"', ("battery",), ["test.toml: battery: no battery is called 'aaa3'", "aaa2"]),
        (
            'battery = { name = "aaa2", attach = "glue" }',
            ("battery",),
            ["test.toml: battery.attach: ", "glue", "3v3_pin"],
        ),
        (
            'battery = { name = "aaa2", attach = "vin" }',
            ("battery",),
            ["test.toml: battery.attach: ", "5 to 21 V"],
        ),
        (
            'firmware = "none.elf"',
            ("firmware",),
            ["test.toml: firmware.path: no such firmware file", "found: 'none.elf'", "looked at: /"],
        ),
        (
            'firmware = { app = "./mine" }',
            ("firmware",),
            [
                "test.toml: firmware.app: there is no app.toml in this folder",
                "found: './mine'",
                "looked at: /",
            ],
        ),
        ('[signals.camera]\nkind = "noise"', (), ["signals.camera", "microphone"]),
        ('[signals.microphone]\nkind = "noises"', (), ["test.toml, signals.microphone", "speech_scene"]),
        (
            '[signals.microphone]\nsignal = "quiet_rom"',
            (),
            ["test.toml: signals.microphone.signal: no signal is called", "did you mean 'quiet_room'?"],
        ),
        (
            SCENE.replace('label = "coincell"', 'label = "coincel"'),
            (),
            ["test.toml: detect.label: ", "'coincel'", "allowed: coincell", "did you mean 'coincell'?"],
        ),
        (
            '[detect]\nlabel = "x"\nnet = "led_buildin"\nwithin_s = 1',
            (),
            ["detect.net", "allowed: A0, A1, ", "did you mean 'LED_BUILTIN'? `coincell boards nano"],
        ),
        ('[detect]\nlabel = "x"\nnet = "D2"\nwithin_s = 1\nsignal = "camera"', (), ["detect.signal"]),
        ('[markers.inference]\nfunction = "run"', (), ["markers.inference.function", "symbol"]),
    ],
)
def test_names_that_do_not_exist(write, fake_engine, extra, drop, says):
    scenario = read_scenario(write(extra, drop))
    with pytest.raises(InputError) as caught:
        run_scenario(scenario, fake_engine(), no_build)
    for words in says:
        assert words in str(caught.value)


def test_an_app_that_does_not_exist(write, fake_engine):
    scenario = read_scenario(write('firmware = { app = "helo" }', ("firmware",)))
    with pytest.raises(InputError, match=r"test\.toml: firmware\.app: no app is called 'helo'"):
        run_scenario(
            scenario, fake_engine(), lambda app, board, tool, judge: data.find("firmware/apps", app, "")
        )


@pytest.mark.parametrize(
    ("signal", "why"),
    [
        ("", "no signal of this scenario has a label 'coincell'"),
        ('[signals.microphone]\nkind = "noise"', "no signal of this scenario has a label 'coincell'"),
        (
            SCENE.split("[detect]")[0].replace("2.0", "20.0"),
            "the first label 'coincell' begins at 20 s, after the run",
        ),
    ],
)
def test_where_there_is_nothing_to_find_it_is_said(judge, signal, why):
    detect = SCENE[SCENE.index("[detect]") :]
    result = judge(f"{signal}\n{detect}\n[expect]\nfalse_alarms_max = 0")
    said = f"nothing to find: {why}, so every answer on LED_BUILTIN counts as a false alarm"
    assert said in result.warnings
    assert result.failed[0].measured == 1
    assert not any("nothing to find" in words for words in judge(SCENE).warnings)


@pytest.mark.parametrize(
    "signal",
    [
        'kind = "noise"\nnoise = "room"',
        SCENE.split("[detect]")[0].split("\n", 2)[2].replace("[2.0]", "[]\nconfusable_rate_per_h = 3600"),
    ],
)
def test_where_the_word_never_falls_every_answer_is_a_false_alarm(judge, signal):
    detect = SCENE[SCENE.index("[detect]") :]
    detections = judge(f"[signals.microphone]\n{signal}\n{detect}").measured.detections
    assert (len(detections.found), len(detections.missed), len(detections.false_alarms_ps)) == (0, 0, 1)


def test_the_document_has_its_version_and_repeats_byte_for_byte(judge):
    first, second = to_json(judge(SCENE)), to_json(judge(SCENE))
    assert first == second
    document = json.loads(first)
    assert document["schema"] == "coincell.result/1"
    assert document["passed"] is True
    assert (
        document["detections"]["found"][0]["latency_ps"]
        == 3 * PS - document["detections"]["found"][0]["end_ps"]
    )
    assert document["samples_sha256"] == {"microphone": "ab" * 32}


def test_the_document_tells_no_host_paths_and_no_tiers(judge, tmp_path):
    text = to_json(judge(SCENE, tiers={"interpreted": 12345}))
    assert str(tmp_path) not in text
    assert "12345" not in text


def test_the_document_changes_with_what_an_inference_computed(judge):
    run = judge().measured.run
    other = (
        *run.spans[:-1],
        type(run.spans[-1])(
            "inference", 2 * PS, 2 * PS + 10**10, 2_000_000, 2_640_000, {"return:out": b"\1\3"}
        ),
    )
    assert to_document(judge())["spans_sha256"] != to_document(judge(spans=other))["spans_sha256"]
