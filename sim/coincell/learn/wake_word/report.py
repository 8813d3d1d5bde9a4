"""What a training run tells its reader."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingReport:
    """Sizes and accuracy before and after quantisation. Confusions are [truth, answer] counts of windows."""

    app: str
    seed: int
    classes: tuple[str, ...]
    n_training: int
    n_test: int
    parameters: int
    macs: int
    float_bytes: int
    int8_bytes: int
    float_confusion: Table
    int8_confusion: Table
    operators: tuple[str, ...]

    def accuracy(self, confusion: Table) -> float:
        """Share of windows on the diagonal."""
        return float(np.trace(confusion) / confusion.sum())

    def markdown(self) -> str:
        """The report as text."""
        before, after = self.accuracy(self.float_confusion), self.accuracy(self.int8_confusion)
        return "\n".join(
            [
                f"# Training report: {self.app}",
                "",
                f"Made by `coincell train {self.app} --seed {self.seed}` from generated signals alone.",
                f"Learned from {self.n_training} windows; tested on {self.n_test} windows of held-out",
                "speakers and rooms, at 3 to 25 dB SNR and 48 to 86 dB SPL.",
                "",
                "| | float | int8 |",
                "|---|---|---|",
                f"| accuracy per window | {before:.2%} | {after:.2%} |",
                f"| size (float: weights; int8: the .tflite) | {self.float_bytes} B | {self.int8_bytes} B |",
                "",
                f"{self.parameters} parameters, {self.macs} multiply-accumulates per inference.",
                "",
                *self._confusion("float", self.float_confusion),
                *self._confusion("int8", self.int8_confusion),
                "Operators: " + ", ".join(self.operators),
                "",
                "What the whole detector finds on the emulated board: [evaluation.md](evaluation.md),",
                f"by `coincell evaluate {self.app}`.",
                "",
            ]
        )

    def _confusion(self, title: str, table: Table) -> list[str]:
        head = [f"Confusion, {title} (rows: truth, columns: answer)", "", f"| | {' | '.join(self.classes)} |"]
        rows = [
            f"| {name} | {' | '.join(str(n) for n in row)} |"
            for name, row in zip(self.classes, table.tolist(), strict=True)
        ]
        return [*head, "|---" * (len(self.classes) + 1) + "|", *rows, ""]
