"""The class of each moment of a scene, from the labels of its signals: `[truth]` of a training recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coincell.errors import InputError
from coincell.learn.recipe import NO_LABEL, Truth
from coincell.ports import Label

UNKNOWN = -1
"""The class of a moment that teaches nothing."""
_ROUNDING_S = 1e-9

Times = NDArray[np.float64]
Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Judging:
    """How moments are judged. `classes` are the recipe's, in order."""

    truth: Truth
    classes: tuple[str, ...]
    window_s: float

    def classes_at(
        self, time_s: Times, labels: Sequence[Label], duration_s: float, settle_s: float
    ) -> Classes:
        """For each moment [s] of a scene its class, or UNKNOWN."""
        found = (
            self._ended(time_s, labels)
            if self.truth.rule == "end"
            else self._held(time_s, labels, duration_s)
        )
        found[time_s - self.window_s < settle_s - _ROUNDING_S] = UNKNOWN
        return found

    def _number(self, label: str) -> int:
        """The class that a label means; UNKNOWN for one that is not named."""
        name = self.truth.classes.get(label)
        return UNKNOWN if name is None else self.classes.index(name)

    def _held(self, time_s: Times, labels: Sequence[Label], duration_s: float) -> Classes:
        """The class that holds for most of the window; with `ahead_s`, at that moment."""
        ahead_s = float(self.truth.ahead_s)
        cuts, held = self._stretches(labels, duration_s)
        if ahead_s:
            at = time_s + ahead_s
            stretch = np.searchsorted(cuts, at, side="right") - 1
            return np.where(at < duration_s, held[stretch.clip(0, len(held) - 1)], UNKNOWN)
        share = np.stack([self._share(time_s, cuts, held == number) for number in range(len(self.classes))])
        best = share.argmax(axis=0)
        enough = share.max(axis=0) >= float(self.truth.cover_min_ratio) - _ROUNDING_S
        return np.where(enough, best, UNKNOWN)

    def _share(self, time_s: Times, cuts: Times, holds: NDArray[np.bool_]) -> Times:
        """Of the window before each moment, the share in which a class holds."""
        so_far = np.concatenate([[0.0], np.cumsum(np.diff(cuts) * holds)])
        inside = np.interp(time_s, cuts, so_far) - np.interp(time_s - self.window_s, cuts, so_far)
        return np.asarray(inside / self.window_s)

    def _stretches(self, labels: Sequence[Label], duration_s: float) -> tuple[Times, Classes]:
        """When the class may change, from 0 to the scene's end, and the class from each time to the next.

        Of labels that overlap the shorter one holds; one that is not named hides nothing.
        """
        spans = [
            (label.end_s - label.start_s, max(label.start_s, 0.0), min(label.end_s, duration_s), label.name)
            for label in labels
        ]
        spans = sorted(span for span in spans if span[1] < span[2])
        cuts = np.unique([0.0, duration_s, *(edge for span in spans for edge in span[1:3])])
        starts = cuts[:-1]
        held = np.full(len(starts), self._number(NO_LABEL))
        for _, start_s, end_s, name in reversed(spans):
            if self._number(name) == UNKNOWN:
                held[(starts >= start_s) & (starts < end_s)] = UNKNOWN
        for _, start_s, end_s, name in reversed(spans):
            if (number := self._number(name)) != UNKNOWN:
                held[(starts >= start_s) & (starts < end_s)] = number
        return cuts, held

    def _ended(self, time_s: Times, labels: Sequence[Label]) -> Classes:
        """The class of what just ended. What means the same class as no label is nothing under way."""
        nothing = self._number(NO_LABEL)
        found = np.full(len(time_s), nothing)
        events = [label for label in labels if nothing == UNKNOWN or self._number(label.name) != nothing]
        under_way = self.truth.under_way
        seen = UNKNOWN if under_way is None else self.classes.index(under_way)
        for label in events:
            found[(time_s - self.window_s < label.end_s) & (time_s > label.start_s)] = seen
        within_s, undecided_s = float(self.truth.within_s), float(self.truth.undecided_s)
        for label in events:
            if self._number(label.name) != UNKNOWN:
                ago = time_s - label.end_s
                found[(ago >= -undecided_s) & (ago < within_s + undecided_s)] = UNKNOWN
        # of several that ended lately the last one counts, of those the shorter
        for label in sorted(events, key=lambda event: (event.end_s, event.start_s)):
            number = self._number(label.name)
            if number != UNKNOWN:
                ago = time_s - label.end_s
                found[(ago >= 0) & (ago < within_s)] = number
        return found


def labels_of(truth: Truth, labels: Mapping[str, Sequence[Label]], where: str) -> Sequence[Label]:
    """Those of the input that the recipe means, or the only ones. Inputs that agree need not be told apart.

    Raises InputError where it is not clear.
    """
    if truth.input is not None:
        if truth.input in labels:
            return labels[truth.input]
        raise InputError("no scene has a signal for this input", where, "truth.input", truth.input, labels)
    given = {name: tuple(own) for name, own in labels.items() if own}
    if len(set(given.values())) > 1:
        raise InputError("say which input's labels are meant", where, "truth.input", allowed=sorted(given))
    return next(iter(given.values()), ())
