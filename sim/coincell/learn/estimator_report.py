"""What making a tree, a forest, a linear model or a perceptron found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coincell.build.estimator.agreement import Agreement
from coincell.build.estimator.code import to_c
from coincell.build.estimator.description import Estimator, Network, Trees
from coincell.build.estimator.trees import depth
from coincell.learn.confusion import Confusion

_MOST_NAMED = 12
"""Features that a report names; the others matter less."""
_MOST_LEAVES = 16
"""A tree that a page can show."""


@dataclass(frozen=True, eq=False)
class EstimatorReport:
    """Answers on the test examples in float and in integers, and what the integers take on the chip."""

    fitted: Any
    """The estimator of scikit-learn."""
    model: Estimator
    floats: Confusion
    integers: Confusion
    agreement: Agreement

    @property
    def confusion(self) -> Confusion:
        """Of what runs on the chip."""
        return self.integers

    def lines(self) -> list[str]:
        """Markdown."""
        code = to_c(self.model)
        before, after = _bytes(self.fitted), code.flash_bytes
        f, i = self.floats, self.integers
        return [
            "| on the test | scikit-learn, float | integers |",
            "|---|---|---|",
            f"| accuracy | {f.accuracy:.2%} | {i.accuracy:.2%} |",
            f"| macro F1 | {f.macro_f1:.3f} | {i.macro_f1:.3f} |",
            f"| scikit-learn's numbers; flash on the chip | {before} B | {after} B |",
            "",
            f"{self.model.source}: {self._size()}.",
            f"On the chip it takes about {after} B of flash with its code and {code.arena_bytes} B of RAM,",
            f"{before / after:.1f} times less than scikit-learn's arrays.",
            f"Of {self.agreement.rows} answers {self.agreement.differing} differ from scikit-learn's.",
            "",
            *f.markdown("scikit-learn, float"),
            *i.markdown("integers"),
            *self._importance(),
            *self._rules(),
        ]

    def _size(self) -> str:
        if isinstance(self.model, Trees):
            nodes = sum(len(tree) for tree in self.model.trees)
            deepest = max(map(depth, self.model.trees))
            count = len(self.model.trees)
            trees = f"{count} trees, " if count > 1 else ""
            return f"{trees}{nodes} nodes, depth {deepest}"
        if isinstance(self.model, Network):
            widths = [len(self.model.features), *(len(layer.weights) for layer in self.model.layers)]
            return "layers of " + ", ".join(map(str, widths))
        return f"{len(self.model.weights)} scores of {len(self.model.features)} weights"

    def _importance(self) -> list[str]:
        """Which features a tree asks about, or how large a linear model's weights are."""
        shares = _importances(self.fitted)
        if shares is None:
            return []
        names = [feature.name for feature in self.model.features]
        used = [(share, name) for share, name in zip(shares, names, strict=True) if share > 0]
        ranked = sorted(used, key=lambda one: (-one[0], one[1]))
        listed = ", ".join(f"{name} {share:.1%}" for share, name in ranked[:_MOST_NAMED])
        more = f" and {len(ranked) - _MOST_NAMED} more" if len(ranked) > _MOST_NAMED else ""
        return [f"It uses {len(ranked)} of {len(names)} features: {listed}{more}.", ""]

    def _rules(self) -> list[str]:
        """A small tree in words."""
        if not isinstance(self.model, Trees) or len(self.model.trees) > 1:
            return []
        rows = self.model.trees[0]
        if sum(len(row) == 1 for row in rows) > _MOST_LEAVES:
            return []
        return ["```text", *self._branch(0, 0), "```", ""]

    def _branch(self, node: int, depth: int) -> list[str]:
        assert isinstance(self.model, Trees)
        row, indent = self.model.trees[0][node], "    " * depth
        if len(row) == 1:
            return [f"{indent}{self.model.classes[row[0]]}"]
        feature, threshold, right = row
        name = self.model.features[feature].name
        return [
            f"{indent}{name} <= {threshold}:",
            *self._branch(node + 1, depth + 1),
            f"{indent}{name} > {threshold}:",
            *self._branch(right, depth + 1),
        ]


def _last(fitted: Any) -> Any:
    return fitted.steps[-1][1] if hasattr(fitted, "steps") else fitted


def _trees_of(fitted: Any) -> list[Any]:
    return list(getattr(fitted, "estimators_", [fitted]))


def _importances(fitted: Any) -> list[float] | None:
    last = _last(fitted)
    if hasattr(last, "feature_importances_"):
        return [float(share) for share in last.feature_importances_]
    if hasattr(last, "coef_"):
        sizes = np.abs(last.coef_).sum(axis=0)
        return [float(share) for share in sizes / (sizes.sum() or 1)]
    return None


def _bytes(fitted: Any) -> int:
    """What scikit-learn's own arrays of nodes or weights take."""
    last = _last(fitted)
    if hasattr(last, "coefs_"):
        return sum(array.nbytes for array in (*last.coefs_, *last.intercepts_))
    if hasattr(last, "coef_"):
        return int(last.coef_.nbytes + last.intercept_.nbytes)
    states = [tree.tree_.__getstate__() for tree in _trees_of(last)]
    return sum(state["nodes"].nbytes + state["values"].nbytes for state in states)
