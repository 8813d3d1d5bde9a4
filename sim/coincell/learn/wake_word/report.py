"""What a training run tells its reader."""

from __future__ import annotations

from dataclasses import dataclass

from coincell.learn.confusion import Confusion


@dataclass(frozen=True)
class TrainingReport:
    """Sizes and accuracy before and after quantisation, in windows."""

    app: str
    seed: int
    n_training: int
    n_test: int
    parameters: int
    macs: int
    float_bytes: int
    int8_bytes: int
    float_confusion: Confusion
    int8_confusion: Confusion
    operators: tuple[str, ...]

    def markdown(self) -> str:
        """The report as text."""
        before, after = self.float_confusion.accuracy, self.int8_confusion.accuracy
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
                *self.float_confusion.markdown("float"),
                *self.int8_confusion.markdown("int8"),
                "Operators: " + ", ".join(self.operators),
                "",
                "What the whole detector finds on the emulated board: [evaluation.md](evaluation.md),",
                f"by `coincell evaluate {self.app}`.",
                "",
            ]
        )
