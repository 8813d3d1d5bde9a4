"""What making a network found: what it answers and how large it is after each step, and layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from coincell.build.convert import ConvertedModel
from coincell.learn.confusion import Confusion
from coincell.learn.network.layer_error import LayerError


@dataclass(frozen=True)
class Step:
    """The network when trained, pruned or quantised: answers on the test examples, and its TFLite file."""

    name: str
    confusion: Confusion
    file_bytes: int
    gzip_bytes: int


@dataclass(frozen=True)
class NetworkReport:
    """The steps in their order, and what the last one takes on the chip."""

    steps: tuple[Step, ...]
    parameters: int
    sparsity: float
    """Share of zeros among the weights of convolutions and dense layers, in the last step."""
    converted: ConvertedModel
    errors: tuple[LayerError, ...]
    """For each layer of `converted`."""
    examples_of_errors: int

    @property
    def confusion(self) -> Confusion:
        """Of what runs on the chip, on the test."""
        return self.steps[-1].confusion

    def lines(self) -> list[str]:
        """Markdown."""
        first, last, model = self.steps[0], self.steps[-1], self.converted
        as_float = 4 * self.parameters
        weights = [*(f"{as_float} B" for _ in self.steps[:-1]), f"{model.flash_bytes} B"]
        return [
            f"| on the test | {' | '.join(step.name for step in self.steps)} |",
            "|---" * (len(self.steps) + 1) + "|",
            _row("accuracy", [f"{step.confusion.accuracy:.2%}" for step in self.steps]),
            _row("macro F1", [f"{step.confusion.macro_f1:.3f}" for step in self.steps]),
            _row("weights in float32; constants in flash", weights),
            _row("TFLite file", [f"{step.file_bytes} B" for step in self.steps]),
            _row("TFLite file by gzip", [f"{step.gzip_bytes} B" for step in self.steps]),
            "",
            f"{self.parameters} parameters. On the chip the model takes {model.flash_bytes} B of flash, code",
            f"not counted, {model.arena_bytes} B of RAM as its arena, and {model.macs} multiply-accumulates",
            f"an inference. From float to int8 its weights shrank {as_float / model.flash_bytes:.1f}",
            f"times, what is compressed {first.gzip_bytes / last.gzip_bytes:.1f} times.",
            "",
            f"Of the weights of convolutions and dense layers {self.sparsity:.1%} are 0. The kernels read",
            "them all: zeros shrink what is compressed, an update over the air for instance, but neither",
            "flash nor time.",
            "",
            *(line for step in self.steps for line in step.confusion.markdown(step.name)),
            *self._layers(),
        ]

    def _layers(self) -> list[str]:
        rows = [
            _row(
                layer.name,
                [
                    "x".join(map(str, layer.output_shape)),
                    str(layer.macs),
                    f"{layer.flash_bytes} B",
                    f"{layer.live_bytes} B",
                    f"{error.sqnr_db:.1f} dB" if isfinite(error.sqnr_db) else "-",
                ],
            )
            for layer, error in zip(self.converted.layers, self.errors, strict=True)
        ]
        return [
            "| layer | output | MACs | flash | RAM | SQNR |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
            "SQNR: energy of the float network's outputs over that of their difference from the int8 ones,",
            f"over {self.examples_of_errors} test examples; errors of earlier layers are in it.",
            "",
        ]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"
