"""Something that happens at a moment: it takes the body over for a while, or adds to what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coincell.signals.motion.jets import Array, Jet
from coincell.signals.motion.pose import Pose


@dataclass(frozen=True)
class Event:
    """`pose` and `claim` take times [s] since the event began and are at rest outside 0 to `length_s`.

    `claim` is how much of the body the event has (0 to 1); what else the person does is faded by the rest.
    `spans` are its labels: name, begin, end [s].
    """

    length_s: float
    pose: Callable[[Array], Pose]
    spans: tuple[tuple[str, float, float], ...]
    claim: Callable[[Array], Jet] | None = None
