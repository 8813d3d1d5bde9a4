"""What a battery's maker would object to in a load."""

from __future__ import annotations

from typing import Literal

from coincell.describe import BatteryDescription
from coincell.energy.profile import DayProfile
from coincell.simtime import PS_PER_S

Ending = Literal["voltage", "charge", "shelf life"]


def why_dead(battery: BatteryDescription, profile: DayProfile, average_a: float, ended_by: Ending) -> str:
    """Why the board does not run from a fresh battery, of a load that ends at once by `ended_by`."""
    if ended_by == "voltage":
        return f"under load a fresh one falls below {float(profile.cutoff_v):g} V"
    most = _ma(float(battery.rating.continuous_a) * battery.in_parallel)
    return f"it cannot give {_ma(average_a)} on average (it is rated for {most})"


def warnings(
    battery: BatteryDescription, profile: DayProfile, average_a: float, dead: str = ""
) -> tuple[str, ...]:
    """One sentence for each rating that the load exceeds. Empty when the battery suits the load.

    `dead` says why the board does not run from it, where that is so.
    """
    rating, parallel = battery.rating, battery.in_parallel
    found = []
    if dead:
        found.append(f"the board does not run from {battery.title}: {dead}")
    standard, most = float(rating.standard_a) * parallel, float(rating.continuous_a) * parallel
    if average_a > most:
        found.append(
            f"average current {_ma(average_a)} is above {_ma(most)}, "
            f"the most that {battery.title} can give for long"
        )
    elif average_a > standard:
        found.append(
            f"average current {_ma(average_a)} is {average_a / standard:.2g} times the {_ma(standard)} that "
            f"{battery.title} is made for: "
            "capacity suffers, and its data are thin there"
        )
    pulse_a, pulse_s = rating.pulse_a * parallel, rating.pulse_s
    if profile.peak_a > pulse_a:
        found.append(
            f"peak current {_ma(float(profile.peak_a))} is above the pulse rating of {_ma(float(pulse_a))}"
        )
    longest = profile.trace.longest_above_ps(rating.continuous_a * parallel)
    if longest > pulse_s * PS_PER_S:
        found.append(
            f"more than {_ma(most)} flows for {longest / PS_PER_S:.3g} s without a break; "
            f"pulses are rated for {float(pulse_s):g} s"
        )
    low, high = profile.attachment.min.voltage_v, profile.attachment.max.voltage_v
    if not low <= battery.nominal_pack_v <= high:
        found.append(
            f"{float(battery.nominal_pack_v):g} V does not suit this way of attaching "
            f"({float(low):g} to {float(high):g} V)"
        )
    return tuple(found)


def _ma(current_a: float) -> str:
    return f"{current_a * 1000:.3g} mA"
