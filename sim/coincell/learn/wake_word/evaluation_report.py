"""What an evaluation tells its reader: conditions, counts, and whether the app's targets hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coincell.build.evaluation_recipe import EvaluationRecipe
from coincell.learn.intervals import poisson, wilson
from coincell.learn.wake_word.evaluate import Evaluation, Heard

SCHEMA = "coincell.evaluation/1"


@dataclass(frozen=True)
class Target:
    """One thing that the app's description asks of its detector."""

    key: str
    text: str
    holds: bool


@dataclass(frozen=True)
class EvaluationReport:
    """An evaluation and what it rests on. Digests are SHA-256 of the files' bytes."""

    app: str
    board: str
    toolchain: str
    seed: int
    recipe: EvaluationRecipe
    model_sha256: str
    """ "" for an app without a model."""
    firmware_sha256: str
    evaluation: Evaluation
    rule: Evaluation | None = None
    """What the plain rule heard of the same."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """The recipe's targets, judged by the counts themselves (not by an end of their intervals)."""
        found, asked = self.evaluation, self.recipe
        least = float(asked.found_min_ratio)
        targets = [
            Target(
                "evaluate.found_min_percent",
                f"{found.found_ratio:.1%} of the words found, at least {least:.1%} asked",
                found.found_ratio >= asked.found_min_ratio,
            )
        ]
        if found.hours:
            rate, most = found.false_alarms_per_h, float(asked.false_alarms_max_per_h)
            targets.append(
                Target(
                    "evaluate.false_alarms_max_per_h",
                    f"{rate:.2f} false alarms an hour, at most {most:g} asked",
                    rate <= most,
                )
            )
        return tuple(targets)

    @property
    def passed(self) -> bool:
        """Whether every target holds."""
        return all(target.holds for target in self.targets)

    @property
    def command(self) -> str:
        """What gives this report again."""
        asked = self.recipe
        return (
            f"coincell evaluate {self.app} --words {asked.words} --hours {float(asked.hours):g}"
            f" --snr-db {float(asked.snr_db):g} --seed {self.seed} --board {self.board}"
            f" --toolchain {self.toolchain}"
        )

    def markdown(self) -> str:
        """The report as text."""
        asked = self.recipe
        due_ms, snr_db = 1000 * float(asked.within_s), float(asked.snr_db)
        return "\n".join(
            [
                f"# Evaluation: {self.app}",
                "",
                f"    {self.command}",
                "",
                f"On the emulated board `{self.board}`: generated signals into `{asked.input}`, answers on",
                f"`{asked.net}`, due until {due_ms:g} ms after the word's end. Speakers and rooms are held",
                f"out from training; speech is {snr_db:g} dB above the noises, which take turns;",
                "half of the other talk is words that sound alike.",
                "",
                self.evaluation.text(),
                "",
                *self._beside_the_rule(),
                "Targets (`[evaluate]` of the app's app.toml):",
                "",
                *(f"- {'holds' if t.holds else 'FAILS'}: {t.text} (`{t.key}`)" for t in self.targets),
                "",
                *([f"Model SHA-256 {self.model_sha256}", ""] if self.model_sha256 else []),
                f"Firmware (ELF) SHA-256 {self.firmware_sha256}",
                "",
            ]
        )

    def _beside_the_rule(self) -> list[str]:
        if self.rule is None:
            return []
        rows = (
            ("words found", *(f"{one.found} of {one.words}" for one in (self.rule, self.evaluation))),
            ("false alarms while it was said", self.rule.extra, self.evaluation.extra),
            (
                f"false alarms in {self.rule.hours:.4g} h without it",
                *(one.false_alarms for one in (self.rule, self.evaluation)),
            ),
        )
        return [
            "The same, heard by the app's plain rule (`baseline` of its app.toml):",
            "",
            "| | plain rule | model |",
            "|---|--:|--:|",
            *(f"| {what} | {rule} | {model} |" for what, rule, model in rows),
            "",
        ]

    def document(self) -> dict[str, Any]:
        """Plain dictionaries and lists; no wall clock and no host paths. Times in seconds."""
        return {
            "schema": SCHEMA,
            "app": self.app,
            "board": self.board,
            "toolchain": self.toolchain,
            "seed": self.seed,
            "snr_db": float(self.recipe.snr_db),
            "within_s": float(self.recipe.within_s),
            "model_sha256": self.model_sha256,
            "firmware_sha256": self.firmware_sha256,
            **_counts(self.evaluation),
            "baseline": None if self.rule is None else _counts(self.rule),
            "targets": [{"key": t.key, "text": t.text, "holds": t.holds} for t in self.targets],
            "passed": self.passed,
        }


def _counts(counts: Evaluation) -> dict[str, Any]:
    words: dict[str, Any] = {
        "said": counts.words,
        "found": counts.found,
        "found_95_ratio": wilson(counts.found, counts.words),
        "no_word": counts.extra,
        "latencies_s": counts.latencies_s,
        "scenes": [_scene(h) for h in counts.positive],
    }
    others: dict[str, Any] = {
        "hours": counts.hours,
        "false_alarms": counts.false_alarms,
        "false_alarms_95_per_h": poisson(counts.false_alarms, counts.hours) if counts.hours else None,
        "scenes": [_scene(h) for h in counts.negative],
    }
    return {"words": words, "others": others}


def _scene(heard: Heard) -> dict[str, Any]:
    return {
        "name": heard.scene.name,
        "noise": heard.scene.noise,
        "duration_s": heard.scene.duration_s,
        "words": heard.words,
        "found": heard.found,
        "no_word_at": list(heard.strangers),
    }
