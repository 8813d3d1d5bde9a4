"""From the name of a core to what it can do: features, identification, pipeline."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches
from math import ceil
from typing import Any

from coincell.cpu.core import CACHE_TAGS, CoreOptions
from coincell.describe import ChipDescription
from coincell.errors import InputError
from coincell.timing import MemoryTiming, pipeline

WAKE_US = "wake_us"
"""The chip's constant for the time from a wake-up event to the first instruction [us]."""
_V6M = frozenset({"v6m"})
_V7M = frozenset({"v6m", "v7m"})
_V8M = _V7M | {"v8m"}
_FPV5 = frozenset({"fpsp", "fpv5"})


@dataclass(frozen=True)
class _Kind:
    features: frozenset[str]
    cpuid: int
    """SCB->CPUID of the revision that most chips have, from Arm's technical reference manuals."""
    pipeline: str


CORES = {
    "cortex-m0": _Kind(_V6M, 0x410CC200, "cortex-m0"),  # DDI 0432, r0p0
    "cortex-m0.small-multiply": _Kind(_V6M, 0x410CC200, "cortex-m0.small-multiply"),
    "cortex-m0plus": _Kind(_V6M, 0x410CC601, "cortex-m0plus"),  # DDI 0484, r0p1
    "cortex-m0plus.small-multiply": _Kind(_V6M, 0x410CC601, "cortex-m0plus.small-multiply"),
    "cortex-m3": _Kind(_V7M, 0x412FC231, "cortex-m3"),  # DDI 0337, r2p1
    "cortex-m4": _Kind(_V7M | {"dsp"}, 0x410FC241, "cortex-m4"),  # DDI 0439, r0p1
    "cortex-m4f": _Kind(_V7M | {"dsp", "fpsp"}, 0x410FC241, "cortex-m4"),
    "cortex-m7": _Kind(_V7M | {"dsp"} | _FPV5, 0x411FC271, "cortex-m7"),  # DDI 0489, r1p1
    "cortex-m7+nofp": _Kind(_V7M | {"dsp"}, 0x411FC271, "cortex-m7"),
    "cortex-m7+fp.dp": _Kind(_V7M | {"dsp", "fpdp"} | _FPV5, 0x411FC271, "cortex-m7"),
    "cortex-m33": _Kind(_V8M | {"dsp"} | _FPV5, 0x411FD210, "cortex-m33"),  # 100230, r1p0
    "cortex-m33+nofp": _Kind(_V8M | {"dsp"}, 0x411FD210, "cortex-m33"),
    "cortex-m33+nodsp+nofp": _Kind(_V8M, 0x411FD210, "cortex-m33"),
}
"""Cores that can be run, by names of ours that lean on gcc's -mcpu: "cortex-m7" (not as gcc's) and
"cortex-m33" have single precision, "cortex-m7+fp.dp" has both, "cortex-m4f" is a "cortex-m4" with its FPU."""


_FPU_IS_OPTIONAL = ("cortex-m7", "cortex-m33")


def bare_options(core: str) -> CoreOptions:
    """A core on a chip that nobody described: 32 interrupts, 8 MPU regions and the usual priority bits.

    A Cortex-M0 has neither an MPU nor a vector table that moves (DDI 0432). A Cortex-M33 is in
    Secure state, as after reset.

    Raises InputError for a core that cannot be run.
    """
    kind = _kind(core, "--core", "")
    priority_bits = 3 if "v7m" in kind.features else 2
    plain = core.partition(".")[0] == "cortex-m0"
    regions = 0 if plain else 8
    security = "secure" if "v8m" in kind.features else "none"
    return _options(
        core,
        kind,
        kind.pipeline,
        32,
        priority_bits,
        mpu_regions=regions,
        vtor=not plain,
        security=security,
    )


def chip_options(chip: ChipDescription) -> CoreOptions:
    """The core of `chip` with what its implementer chose. Raises InputError."""
    where = f"platforms/chips/{chip.name}.toml"
    about = chip.core
    without = "+nofp" if about.type in _FPU_IS_OPTIONAL and not about.fpu else ""
    kind = _kind(about.type + without, where, "core.type")
    try:
        pipeline(chip.timing.pipeline)
    except ValueError as error:
        raise InputError(str(error), where=where, key="timing.pipeline") from None
    if "v7m" in kind.features and not (about.systick and about.vtor):
        key = "core.vtor" if about.systick else "core.systick"
        raise InputError(f"a {about.type} always has it", where=where, key=key, value=False, allowed=[True])
    return _options(
        chip.name,
        kind,
        chip.timing.pipeline,
        about.irqs,
        about.priority_bits,
        bit_band=about.bitband,
        wake_cycles=_wake_cycles(chip, where),
        mpu_regions=about.mpu_regions,
        systick=about.systick,
        systick_divider=about.systick_divider,
        vtor=about.vtor,
        dwt_comparators=about.dwt_comparators,
        security=about.security,
    )


def _wake_cycles(chip: ChipDescription, where: str) -> int:
    """What `constants.wake_us` is in whole cycles of the clock after reset; at least the time it says."""
    for name in chip.constants:
        if name != WAKE_US:
            raise InputError(
                "nothing uses a constant of this name",
                where=where,
                key="constants",
                value=name,
                allowed=[WAKE_US],
            )
    wake = chip.constants.get(WAKE_US)
    return ceil(wake.value * chip.clock.freq_hz / 10**6) if wake else 0


def memory_timing(chip: ChipDescription) -> MemoryTiming:
    """The chip's memory system with its instruction cache on. Raises InputError for an unknown constant."""
    known = {field.name for field in fields(MemoryTiming)}
    where = f"platforms/chips/{chip.name}.toml"
    for name in chip.timing.parameters:
        if name not in known:
            raise InputError(
                "the memory system has no such constant",
                where=where,
                key="timing.parameters",
                value=name,
                allowed=sorted(known),
            )
    timing = MemoryTiming(**{name: figure.value for name, figure in chip.timing.parameters.items()})
    if timing.cache_sets * timing.cache_ways > CACHE_TAGS:
        raise InputError(
            "the instruction cache has more lines than can be modelled",
            where=where,
            key="timing.parameters.cache_sets",
            value=timing.cache_sets * timing.cache_ways,
            allowed=[f"at most {CACHE_TAGS} lines"],
        )
    return timing


def _kind(core: str, where: str, key: str) -> _Kind:
    if core not in CORES:
        raise InputError(
            f"no core is called {core!r}",
            where=where,
            key=key,
            value=core,
            allowed=sorted(CORES),
            mend=f"did you mean {near!r}?" if (near := _near(core)) else "use one of these names",
        )
    return CORES[core]


def _near(core: str) -> str:
    """The name that was meant, perhaps without "cortex-", or with M0+ for its plus; "" when none is near."""
    meant = core.lower().replace("_", "-").removeprefix("cortex-").replace("m0+", "m0plus")
    near = get_close_matches(meant, [name.removeprefix("cortex-") for name in CORES], 1)
    return f"cortex-{near[0]}" if near else ""


def _options(
    name: str, kind: _Kind, pipeline: str, irqs: int, priority_bits: int, **choices: Any
) -> CoreOptions:
    return CoreOptions(
        name=name,
        features=kind.features,
        pipeline=pipeline,
        n_irqs=irqs,
        priority_bits=priority_bits,
        cpuid=kind.cpuid,
        unaligned_access="v7m" in kind.features,
        **choices,
    )
