"""Whether a core can run an image at all, by what the image says of itself.

Values as in image.attributes. Armv6-M code runs on every core here, Armv7-M code on all newer ones, and so
on; what was compiled for more than a core has would only end in a UsageFault, perhaps much later.
"""

from __future__ import annotations

from collections.abc import Mapping

from coincell.cpu.core import CoreOptions
from coincell.errors import InputError
from coincell.image import FirmwareImage
from coincell.image.attributes import BuildAttributes

_V6M, _V7M, _V8M, _NOTHING = frozenset({"v6m"}), frozenset({"v7m"}), frozenset({"v8m"}), frozenset({"none"})
_BEFORE_7 = ("4", "4T", "5T", "5TE", "5TEJ", "6", "6KZ", "6T2", "6K")
_ARCHITECTURES: Mapping[int, tuple[str, frozenset[str]]] = {
    0: ("an architecture that it does not name", _V6M),
    **{n: (f"Armv{name}", _V6M) for n, name in enumerate(_BEFORE_7, 1)},
    10: ("Armv7", _V7M),
    11: ("Armv6-M", _V6M),
    12: ("Armv6S-M", _V6M),
    13: ("Armv7E-M", _V7M | {"dsp"}),
    14: ("Armv8-A", _NOTHING),
    15: ("Armv8-R", _NOTHING),
    16: ("Armv8-M Baseline", _V8M),
    17: ("Armv8-M Mainline", _V8M),
    18: ("Armv8.1-A", _NOTHING),
    19: ("Armv8.2-A", _NOTHING),
    20: ("Armv8.3-A", _NOTHING),
    21: ("Armv8.1-M Mainline", _NOTHING),
}
"""Tag_CPU_arch: its name, and the features of a core that can run it. 16-bit Thumb code that an assembler was
given no core for is marked Armv4T, and runs on any."""
_PROFILES = {0x41: "-A", 0x52: "-R", 0x4D: "-M", 0x53: "-A or -R"}
_THUMB_2 = 2
_FP_V5 = 7
"""From this Tag_FP_arch on, instructions of Armv8's floating point may be used."""
_SINGLE_ONLY = 1


def check_core(image: FirmwareImage, options: CoreOptions) -> None:
    """Raise InputError for an image that was compiled for what the core has not.

    An image that does not say what it was compiled for is taken as it is.
    """
    said = image.attributes
    if said is None or needs(said) <= options.features:
        return
    raise InputError(
        f"this image was compiled for another core than that of {options.name}",
        where=str(image.path),
        key=".ARM.attributes",
        value=_found(said),
        allowed=[_offered(options.features)],
        mend="compile it for this core, or choose the board or core it is for; where you know that it uses "
        "no more than this core has, objcopy --remove-section=.ARM.attributes lets it pass",
    )


def needs(said: BuildAttributes) -> frozenset[str]:
    """Features that a core must have; one that no core has where none can run it."""
    _, features = _ARCHITECTURES.get(said.cpu_arch, ("", _NOTHING))
    if _PROFILES.get(said.cpu_arch_profile, "-M") != "-M" or said.arm_isa_use:
        features |= _NOTHING
    if said.thumb_isa_use == _THUMB_2 and features == _V6M:
        features = _V7M
    if said.dsp_extension:
        features |= {"dsp"}
    if said.mve_arch:
        features |= _NOTHING
    if said.fp_arch:
        features |= {"fpsp"} | ({"fpv5"} if said.fp_arch >= _FP_V5 else set())
        features |= set() if said.abi_hardfp_use == _SINGLE_ONLY else {"fpdp"}
    return features


def _found(said: BuildAttributes) -> str:
    name, _ = _ARCHITECTURES.get(said.cpu_arch, (f"architecture {said.cpu_arch}", _NOTHING))
    text = name + (_PROFILES.get(said.cpu_arch_profile, "") if name == "Armv7" else "")
    text += " with DSP instructions" if said.dsp_extension else ""
    text += " with vector instructions" if said.mve_arch else ""
    text += f", {_floats(needs(said))}"
    return text + (f" ({said.cpu_name})" if said.cpu_name else "")


def _offered(features: frozenset[str]) -> str:
    dsp = "dsp" in features
    if "v8m" in features:
        name = "Armv8-M Mainline" + (" with DSP instructions" if dsp else "")
    elif "v7m" in features:
        name = "Armv7E-M" if dsp else "Armv7-M"
    else:
        name = "Armv6-M"
    return f"{name}, {_floats(features)}, or less"


def _floats(features: frozenset[str]) -> str:
    if "fpsp" not in features:
        return "no floating-point registers"
    version = "FPv5" if "fpv5" in features else "FPv4"
    return f"{version} of {'single and double' if 'fpdp' in features else 'single'} precision"
