"""The main job's exactness: inferences equal TensorFlow's, and nothing depends on how code was executed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coincell.data import find
from coincell.engines.contract import Engine, Marker, Progress, RunRequest, RunResult
from coincell.engines.native import NativeEngine
from coincell.facade import build_elf, profile_of
from coincell.observe import Wanted
from coincell.scenario import read_scenario, run_scenario, to_json

SCENARIO = find("scenarios", "wake_word")
BUFFERS = ("nn_input", "nn_output")


class Capturing:
    """The native engine, which also keeps every inference's features and scores."""

    name = "native"

    def run(self, request: RunRequest, progress: Progress | None = None) -> RunResult:
        (marker,) = request.markers
        asked = {f"entry:{s}" for s in marker.capture_entry} | {f"return:{s}" for s in marker.capture_return}
        marker = Marker(marker.name, marker.function, (BUFFERS[0],), (BUFFERS[1],))
        self.result = NativeEngine().run(replace(request, markers=(marker,)), progress)
        # The document tells a digest of what was captured: leave it as the scenario asked.
        kept = [{k: v for k, v in span.captured.items() if k in asked} for span in self.result.spans]
        spans = (replace(span, captured=c) for span, c in zip(self.result.spans, kept, strict=True))
        return replace(self.result, spans=tuple(spans))


def document(tier: str, engine: Engine | None = None) -> str:
    return to_json(run_scenario(read_scenario(SCENARIO), engine or NativeEngine(), build_elf, tier=tier))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("regions")


@pytest.fixture(scope="module")
def cold(cache: Path) -> tuple[str, RunResult]:
    """The scenario's document from an empty code cache, and what the engine saw."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COINCELL_CODE_CACHE", str(cache))
        engine = Capturing()
        return document("auto", engine), engine.result


def test_every_inference_is_bit_exact_with_tensorflow(cold: tuple[str, RunResult]) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    interpreter = tensorflow.lite.Interpreter(
        model_path=str(find("firmware/apps/wake_word", "model", ".tflite")),
        experimental_op_resolver_type=tensorflow.lite.experimental.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    (given,), (wanted,) = interpreter.get_input_details(), interpreter.get_output_details()
    spans = cold[1].spans
    assert len(spans) >= 90
    for span in spans:
        features = np.frombuffer(span.captured["entry:nn_input"], np.int8).reshape(given["shape"])
        interpreter.set_tensor(given["index"], features)
        interpreter.invoke()
        scores = np.frombuffer(span.captured["return:nn_output"], np.int8)
        assert scores.tolist() == interpreter.get_tensor(wanted["index"]).ravel().tolist()


def test_features_are_not_constant(cold: tuple[str, RunResult]) -> None:
    """The comparison above would prove little on silence."""
    assert len({span.captured["entry:nn_input"] for span in cold[1].spans}) > 80
    assert len({span.captured["return:nn_output"] for span in cold[1].spans}) > 3


def test_a_warm_cache_changes_no_byte(
    cold: tuple[str, RunResult], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCELL_CODE_CACHE", str(cache))
    assert any(cache.iterdir())
    assert document("auto") == cold[0]


def test_a_random_tier_per_block_changes_no_byte(cold: tuple[str, RunResult]) -> None:
    assert document("random:1") == cold[0]


def test_interpreting_a_whole_inference_changes_no_byte(
    cold: tuple[str, RunResult], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCELL_CODE_CACHE", str(cache))
    span = cold[1].spans[3]
    start, end = span.start_ps / 1e12 - 0.002, span.end_ps / 1e12 + 0.002
    assert document(f"interpret:{start:.4f}-{end:.4f}") == cold[0]


def test_looking_inside_changes_no_byte_and_tells_what_the_markers_tell(
    cold: tuple[str, RunResult], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COINCELL_CODE_CACHE", str(cache))
    scenario = read_scenario(SCENARIO)
    result = run_scenario(scenario, NativeEngine(), build_elf, observe=Wanted(counts=True))
    assert to_json(result) == cold[0]
    run, seen = result.measured.run, profile_of(scenario, result)
    assert seen.cycles == run.cores[0].cycles == sum(cost.self_cycles for cost in seen.functions)
    (invoke,) = (cost for cost in seen.functions if cost.title == "nn_invoke")
    assert invoke.calls == len(run.spans)
    # passages include the interrupts that were taken meanwhile
    passages = sum(span.end_cycle - span.start_cycle for span in run.spans)
    interrupts = sum(cost.total_cycles for cost in seen.functions if cost.title.startswith("["))
    assert passages - interrupts <= invoke.total_cycles <= passages
