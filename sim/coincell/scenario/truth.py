"""What a scenario's signals say is true, and how far the firmware's answers agree with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from coincell.engines.contract import RunResult
from coincell.errors import InputError, did_you_mean
from coincell.ports import Label, Signal
from coincell.scenario.classification import Classification, answers_of, classify
from coincell.scenario.detection import Detections, match
from coincell.scenario.schema import Scenario
from coincell.signals import parse
from coincell.simtime import seconds

Labels = Sequence[Label]
_TYPING_ERROR_RATIO = 0.8
"""A name as like a label of the signal as this was meant to be that label (difflib; a judgement)."""


@dataclass(frozen=True)
class Truth:
    """The labels that each [detect] table means, and those that [classify] means."""

    detect: tuple[Labels, ...] = ()
    classify: Labels = ()


def truth_of(scenario: Scenario, signals: Mapping[str, Signal]) -> Truth:
    """Find the labels. Raises InputError where it is not clear which are meant, or a name is misspelt."""
    detect = []
    for index, rule in enumerate(scenario.detect):
        key = "detect" if len(scenario.detect) == 1 else f"detect[{index}]"
        name = _chosen(scenario, signals, rule.signal, key)
        labels = signals[name].labels if name else ()
        if name:
            _check_spelling(scenario, name, labels, rule.labels, f"{key}.label")
        detect.append(labels)
    classes = scenario.classify
    if classes is None:
        return Truth(tuple(detect))
    name = _chosen(scenario, signals, classes.signal, "classify")
    if name:
        _check_spelling(scenario, name, signals[name].labels, list(classes.classes), "classify.classes")
    return Truth(tuple(detect), signals[name].labels if name else ())


def _chosen(scenario: Scenario, signals: Mapping[str, Signal], given: str | None, key: str) -> str | None:
    """The input whose labels are meant: the `given` one, or the only one that has some."""
    chosen = [given] if given else [name for name, signal in signals.items() if signal.labels]
    if (given and given not in signals) or len(chosen) > 1:
        raise InputError(
            "say which input's labels are meant",
            where=str(scenario.path),
            key=f"{key}.signal",
            value=given,
            allowed=sorted(signals),
        )
    return chosen[0] if chosen else None


def _check_spelling(scenario: Scenario, name: str, labels: Labels, wanted: Sequence[str], key: str) -> None:
    """Labels that a signal lacks are right: days without a fall, talk without the scene's word.

    Where it lacks all, every answer is a false alarm, and the report says so. What is nearly the name of a
    label that is not `wanted` yet is an error.
    """
    known = sorted({label.name for label in labels})
    others = [label for label in known if label not in wanted]
    word = getattr(parse(scenario.recipe(name)), "word", None)
    for one in wanted:
        if one not in (word, *known) and get_close_matches(one, others, 1, _TYPING_ERROR_RATIO):
            raise InputError(
                f"the signal of {name!r} has no label of that name",
                where=str(scenario.path),
                key=key,
                value=one,
                allowed=known,
                mend=did_you_mean(one, others),
            )


def detected(scenario: Scenario, run: RunResult, truth: Truth) -> tuple[Detections, ...]:
    """What each [detect] table makes of the run."""
    rules = []
    for rule, labels in zip(scenario.detect, truth.detect, strict=True):
        level = rule.level == "high"
        edges = [edge.time_ps for edge in run.edges if edge.net == rule.net and edge.level == level]
        rules.append(
            match(
                labels,
                edges,
                rule.labels,
                rule.net,
                seconds(rule.within_s),
                run.duration_ps,
                early_ps=seconds(rule.early_s),
                latency_from=rule.latency_from,
            )
        )
    return tuple(rules)


def classified(scenario: Scenario, run: RunResult, truth: Truth) -> Classification | None:
    """What [classify] makes of the console. Raises InputError for a class that its table does not know."""
    rule = scenario.classify
    if rule is None:
        return None
    answers = answers_of(run.console)
    known = sorted(set(rule.classes.values()))
    for time_ps, name in answers:
        if name not in known:
            raise InputError(
                f"the firmware says a class that the table does not know, first at {time_ps / 1e12:.3f} s",
                where=str(scenario.path),
                key="classify.classes",
                value=name,
                allowed=known,
                mend=did_you_mean(name, known) or f'give it a label: label = "{name}"',
            )
    return classify(truth.classify, answers, rule.classes, seconds(rule.settle_s), run.duration_ps)
