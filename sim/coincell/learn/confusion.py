"""Answers against truth, in examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Confusion:
    """`counts[truth, answer]` of examples."""

    classes: tuple[str, ...]
    counts: NDArray[np.int64]

    @staticmethod
    def of(classes: Sequence[str], truth: Classes, answers: Classes) -> Confusion:
        """Counted from class numbers, shape (n,) both."""
        counts = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(counts, (truth, answers), 1)
        return Confusion(tuple(classes), counts)

    @property
    def accuracy(self) -> float:
        """Share of examples with the right answer."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall, by class; NaN for one that neither held nor was answered."""
        whole = self.counts.sum(axis=0) + self.counts.sum(axis=1)
        with np.errstate(invalid="ignore"):
            each: NDArray[np.float64] = 2 * np.diag(self.counts) / whole
        return each

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the classes that held or were answered."""
        return float(np.nanmean(self.f1))

    def markdown(self, title: str) -> list[str]:
        """Lines of a table: a row for each true class, with its F1."""
        head = [f"Confusion, {title} (rows: truth, columns: answer)", ""]
        head += [f"| | {' | '.join(self.classes)} | F1 |", "|---" * (len(self.classes) + 2) + "|"]
        rows = [
            f"| {name} | {' | '.join(map(str, row))} | {'-' if np.isnan(f1) else f'{f1:.3f}'} |"
            for name, row, f1 in zip(self.classes, self.counts.tolist(), self.f1, strict=True)
        ]
        return [*head, *rows, ""]
