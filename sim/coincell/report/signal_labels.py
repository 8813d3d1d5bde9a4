"""Labels as coloured stretches, each name in its colour."""

from __future__ import annotations

from typing import Any

from coincell.report.signal_look import Look

_MEANT = {"healthy": "#2e8b57", "degraded": "#e0a020", "failed": "#c0392b"}
"""Names whose colour everybody expects."""
_COLOURS = ("#f58518", "#54a24b", "#b279a2", "#eeca3b", "#72b7b2", "#e45756", "#9d755d", "#ff9da6", "#4c78a8")
_NAMED = 8
_MOST = 2000
"""Stretches drawn at most: more cannot be told apart."""


class Stretches:
    """The labels of a look. Colours follow from the order in which names first appear in the signal."""

    def __init__(self, seen: Look) -> None:
        self._labels = seen.signal.labels
        self._shown: list[str] = []
        names = dict.fromkeys(label.name for label in self._labels)
        free = iter(_COLOURS * (1 + len(names) // len(_COLOURS)))
        self._colours = {name: _MEANT.get(name) or next(free) for name in names}

    def _between(self, begin_s: float, end_s: float) -> list[tuple[float, float, str]]:
        within = [
            (max(label.start_s, begin_s), min(label.end_s, end_s), label.name)
            for label in self._labels
            if label.start_s < end_s and label.end_s > begin_s
        ]
        self._shown += [name for _, _, name in within]
        return within[:_MOST]

    def paint(self, axes: Any, scale: float, begin_s: float, end_s: float, at: float = 0.0) -> None:
        """Colour the background of `axes`, on which `begin_s` is at `at` and seconds are `scale` apart."""
        for start, end, name in self._between(begin_s, end_s):
            left, right = (at + (time_s - begin_s) * scale for time_s in (start, end))
            axes.axvspan(left, right, color=self._colours[name], alpha=0.18, lw=0, zorder=0)

    def bar(self, axes: Any, scale: float, begin_s: float, end_s: float, at: float = 0.0) -> None:
        """Colour a bar at the top of an image, which has no background."""
        for start, end, name in self._between(begin_s, end_s):
            left, right = (at + (time_s - begin_s) * scale for time_s in (start, end))
            axes.axvspan(left, right, 0.96, 1.0, color=self._colours[name], lw=0)

    def legend(self) -> list[Any]:
        """A patch for each name, and one that says how many more there are."""
        from matplotlib.patches import Patch

        names = [name for name in self._colours if name in self._names()]
        patches = [Patch(color=self._colours[name], alpha=0.5, label=name) for name in names[:_NAMED]]
        if len(names) > _NAMED:
            patches.append(Patch(color="none", label=f"and {len(names) - _NAMED} more"))
        return patches

    def _names(self) -> set[str]:
        return set(self._shown)
