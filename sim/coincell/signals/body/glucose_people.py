"""People with type 1 diabetes, as their published parameters describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream


@dataclass(frozen=True)
class Person:
    """Parameters of the model of Kanderian et al., "Identification of intraday metabolic profiles during
    closed-loop glucose control in individuals with type 1 diabetes" (J. Diabetes Sci. Technol. 3, 2009).
    """

    clearance_ml_per_min: float
    """Of insulin from plasma (C_I)."""
    depot_min: float
    """Time constant of insulin's way from under the skin (tau_1)."""
    plasma_min: float
    """Time constant of insulin in plasma (tau_2)."""
    volume_dl: float
    """In which glucose spreads (V_G)."""
    action_per_min: float
    """Rate at which insulin's effect follows plasma insulin (p_2)."""
    production_mg_per_dl_min: float
    """Glucose from the liver without insulin (EGP)."""
    effectiveness_per_min: float
    """Glucose taken up without insulin (GEZI)."""
    sensitivity_ml_per_uu_min: float
    """Effect of plasma insulin (S_I)."""
    lag_min: float = 8.0
    """From blood to the fluid between the cells: 5 to 12 min (Basu et al., Diabetes 62, 2013)."""

    def basal_uu_per_min(self, glucose_mg_per_dl: float) -> float:
        """Insulin [uU/min] that holds fasting glucose there: dG/dt = 0 solved for the infusion."""
        effect = self.production_mg_per_dl_min / glucose_mg_per_dl - self.effectiveness_per_min
        return max(effect, 0.0) * self.clearance_ml_per_min / self.sensitivity_ml_per_uu_min

    def grams_per_unit(self, glucose_mg_per_dl: float) -> float:
        """Carbohydrate [g] that one unit of insulin takes away around that glucose.

        A unit adds S_I / C_I * 1e6 to the time integral of insulin's effect, whatever its path there.
        """
        effect = self.sensitivity_ml_per_uu_min / self.clearance_ml_per_min * 1e6
        return effect * glucose_mg_per_dl * self.volume_dl / 1000


# The ten subjects of the paper: C_I, tau_1, tau_2, V_G, p_2, EGP, GEZI, S_I (table 2 of the paper, as
# transcribed in KeAWang/differentiable_t1d, differentiable_t1d/files/kanderian_dynamics_params.csv,
# lines 2 to 11).
SUBJECTS = (
    Person(2010, 49, 47, 253, 0.0106, 1.33, 0.0022, 0.000811),
    Person(1281, 41, 10, 261, 0.0116, 0.6, 0.00438, 0.0000964),
    Person(909, 71, 70, 199, 0.0233, 1.07, 0.0035, 0.000463),
    Person(1813, 91, 70, 337, 0.00814, 0.98, 0.0000164, 0.000377),
    Person(1535, 46, 46, 188, 0.00963, 0.6, 0.00433, 0.000205),
    Person(588, 68, 30, 104, 0.00915, 0.603, 0.00101, 0.000412),
    Person(1806, 60, 60, 263, 0.0101, 1.11, 0.0023, 0.000816),
    Person(540, 95, 37, 137, 0.0103, 1.3, 0.00000001, 0.000368),
    Person(875, 131, 21, 193, 0.0103, 1.27, 0.00639, 0.000256),
    Person(1309, 53, 53, 204, 0.0102, 0.611, 0.00104, 0.000603),
)
OF_SPLIT: dict[Split, tuple[int, ...]] = {"training": (0, 2, 4, 5, 7, 8), "held-out": (1, 3, 6, 9)}
"""Which subjects each population descends from."""


def person(split: Split, number: int) -> Person:
    """Person `number` of `split`: one of its subjects, each parameter varied by some 10 % (estimate)."""
    rng = stream((SPLITS.index(split) << 24) + number, "glucose")
    subject = SUBJECTS[OF_SPLIT[split][int(rng.integers(len(OF_SPLIT[split])))]]
    vary = np.exp(np.clip(rng.normal(0, 0.1, 8), -0.2, 0.2))
    return replace(
        subject,
        clearance_ml_per_min=subject.clearance_ml_per_min * vary[0],
        depot_min=subject.depot_min * vary[1],
        plasma_min=subject.plasma_min * vary[2],
        volume_dl=subject.volume_dl * vary[3],
        action_per_min=subject.action_per_min * vary[4],
        production_mg_per_dl_min=subject.production_mg_per_dl_min * vary[5],
        effectiveness_per_min=subject.effectiveness_per_min * vary[6],
        sensitivity_ml_per_uu_min=subject.sensitivity_ml_per_uu_min * vary[7],
        lag_min=float(rng.uniform(5, 12)),
    )
