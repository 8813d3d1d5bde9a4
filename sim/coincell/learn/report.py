"""What a training run tells its reader: what was learned from, what the model answers, and the plain rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from coincell.learn.confusion import Confusion
from coincell.learn.dataset import Dataset
from coincell.learn.recipe import SPLITS, Split


class ModelReport(Protocol):
    """What making the model found."""

    @property
    def confusion(self) -> Confusion:
        """Of what runs on the chip, on the test."""

    def lines(self) -> list[str]:
        """Markdown."""


@dataclass(frozen=True)
class Origin:
    """What was run to learn from, split by split."""

    n_scenes: int
    hours: float
    n_vectors: int
    """Of features, those that teach nothing among them."""
    unnamed: tuple[str, ...]
    """Labels that the recipe does not name."""


@dataclass(frozen=True, eq=False)
class TrainingReport:
    """`command` is what made the model, `gathered` what it learned from."""

    app: str
    board: str
    command: str
    data: Dataset
    gathered: Mapping[Split, Origin]
    model: ModelReport
    rule: Confusion | None
    """Of the plain rule beside the model, on the same vectors."""
    unseen: tuple[str, ...] = ()
    """Labels that the recipe names and no scene has."""
    recorded: bool = False
    """A user's own recordings are among the scenes."""

    def markdown(self) -> str:
        """The report as text."""
        return "\n".join(
            [
                f"# Training report: {self.app}",
                "",
                f"Made by `{self.command}`. Features are what the app's firmware",
                f"computed on the emulated board {self.board}; {self._held_out()}",
                "",
                *self._data(),
                *self.model.lines(),
                *self._rule(),
            ]
        )

    def _held_out(self) -> str:
        if self.recorded:
            return "no recording is in two of the splits."
        return "the test is of other people, voices, homes or\nmachines than were learned from."

    def _data(self) -> list[str]:
        names = self.data.class_names
        rows = []
        for split in SPLITS:
            origin, examples = self.gathered[split], self.data.split(split)
            counts = [str(count) for count in examples.per_class(len(names))]
            cells = [split, str(origin.n_scenes), f"{origin.hours:.2f} h", str(origin.n_vectors), *counts]
            rows.append(f"| {' | '.join(cells)} |")
        unnamed = sorted({name for origin in self.gathered.values() for name in origin.unnamed})
        return [
            f"| | scenes | simulated | vectors | {' | '.join(names)} |",
            "|---" * (len(names) + 4) + "|",
            *rows,
            "",
            *_sentence("Vectors without a class taught nothing. Labels that no class names: ", unnamed),
            *_sentence("Labels that a class names and no scene has: ", self.unseen),
        ]

    def _rule(self) -> list[str]:
        if self.rule is None:
            return []
        ours, rule = self.model.confusion, self.rule
        return [
            "## Beside the plain rule",
            "",
            "The same test vectors, judged by the app's baseline, compiled from the same C:",
            "",
            "| | plain rule | model | gain |",
            "|---|---|---|---|",
            f"| accuracy | {rule.accuracy:.2%} | {ours.accuracy:.2%} "
            f"| {100 * (ours.accuracy - rule.accuracy):+.2f} points |",
            f"| macro F1 | {rule.macro_f1:.3f} | {ours.macro_f1:.3f} "
            f"| {ours.macro_f1 - rule.macro_f1:+.3f} |",
            "",
            *rule.markdown("plain rule"),
        ]


def _sentence(begin: str, names: Sequence[str]) -> list[str]:
    return [f"{begin}{', '.join(names)}.", ""] if names else []
