"""What a reader must know before believing the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from coincell.scenario.classification import Classification
from coincell.scenario.detection import Detections
from coincell.scenario.result import Measured
from coincell.simtime import PS_PER_S

_SHOWN = 5


def warnings(measured: Measured) -> tuple[str, ...]:
    """One sentence each, the most important first."""
    return tuple(_warnings(measured))


def _warnings(measured: Measured) -> Iterator[str]:
    run = measured.run
    yield from measured.life.doubts
    yield from measured.life.warnings
    for core in run.cores:
        if not core.timing_validated:
            yield f"cycles of {core.core} ({core.timing_model}) are not yet validated against hardware"
    share = float(measured.energy.estimate_ratio)
    if share:
        yield f"{100 * share:.0f} % of the energy rests on estimates, not on data sheets or measurements"
    for access in run.unmodelled[:_SHOWN]:
        times = "once" if access.count == 1 else f"{access.count:,} times, first"
        yield f"{access.block}.{access.register} is not modelled: accessed {times} at 0x{access.first_pc:08x}"
    if len(run.unmodelled) > _SHOWN:
        yield f"{len(run.unmodelled) - _SHOWN} more registers that are not modelled were accessed"
    for rule in measured.rules:
        yield from _nothing_to_find(rule, run.duration_ps)
    if measured.classified:
        yield from _nothing_to_judge(measured.classified)
    if measured.detections and measured.detections.not_judged:
        yield f"{measured.detections.not_judged} label(s) were still due at the end of the run: not judged"


def _nothing_to_find(detections: Detections, duration_ps: int) -> Iterator[str]:
    first = detections.first_label_ps
    if first is None:
        why = f"no signal of this scenario has a label {detections.label!r}"
    elif first >= duration_ps:
        why = f"the first label {detections.label!r} begins at {first / PS_PER_S:g} s, after the run"
    else:
        return
    yield f"nothing to find: {why}, so every answer on {detections.net} counts as a false alarm"


def _nothing_to_judge(classified: Classification) -> Iterator[str]:
    if not classified.judged_ps:
        yield "no time was judged: no label of the signal is in [classify.classes], or it never settles"
    if classified.unnamed:
        names = ", ".join(classified.unnamed)
        yield f"not judged, as [classify.classes] does not name them: the labels {names}"
    if classified.judged_ps and not any(any(row[:-1]) for row in classified.confusion_ps):
        yield 'no class was said while one was judged: an answer is a line "class NAME" of the console'
