"""The methods that our scripts call, with the kinds of their parameters, as in Renode's sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from renode_double.emulation import PS_PER_S, Emulation, Recoverable
from renode_double.tokens import Token

_MISSING = object()


@dataclass(frozen=True)
class Method:
    """`kinds` end with optional ones, which have a `?`."""

    kinds: tuple[str, ...]
    action: Callable[..., None]

    def arguments(self, words: list[Token]) -> list[Any] | None:
        """The arguments, or None where they do not fit."""
        needed = sum(not kind.endswith("?") for kind in self.kinds)
        if not needed <= len(words) <= len(self.kinds):
            return None
        found = [_converted(word, kind.rstrip("?")) for word, kind in zip(words, self.kinds, strict=False)]
        return None if _MISSING in found else found


def _converted(word: Token, kind: str) -> Any:
    if kind == "file":  # ReadFilePath: must exist
        fits = word.kind in ("path", "string") and Path(word.value).exists()
        return Path(word.value) if fits else _MISSING
    if kind == "time":
        return _time(word)
    if kind == "side":
        return word.value if word.value in ("Left", "Right") else _MISSING
    kinds = {
        "int": ("hex", "integer"),
        "uint": ("hex", "integer"),
        "bool": ("bool",),
        "text": ("string", "multiline"),
    }
    kinds |= {"number": ("hex", "integer", "float")}
    if word.kind not in kinds[kind] or (kind == "uint" and word.value < 0):
        return _MISSING
    return word.value


def _time(word: Token) -> Any:
    """Main/Time/TimeInterval.cs:42-65: [[h:]m:]s[.frac], not anchored, no units."""
    match = re.search(r"(?:(?:(\d+):)?(\d+):)?(\d+)(\.\d+)?", str(word.value))
    if word.kind not in ("string", "time", "integer", "float") or match is None:
        return _MISSING
    hours, minutes, seconds, part = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds)
    return whole * PS_PER_S + int(float(f"0{part or ''}") * 10**9) * 1000


def _platform(emulation: Emulation, name: str, path: Path) -> None:
    emulation.load_platform(path.read_text("utf-8"), str(path), path.parent)


def _platform_text(emulation: Emulation, name: str, text: str) -> None:
    emulation.load_platform(text, "", None)


def _vectors(emulation: Emulation, name: str, address: int) -> None:
    emulation.begin_at(address)


def _mips(emulation: Emulation, name: str, mips: int) -> None:
    emulation.mips = mips


def _sound(emulation: Emulation, name: str, path: Path, side: str = "Left", repeat: int = 1) -> None:
    emulation.give_sound(name, path, side, repeat)


def _fed(emulation: Emulation, name: str, *arguments: Any) -> None:
    """Kept: no sensor of the double plays them."""
    emulation.fed.setdefault(name, []).append(arguments)


def _rated(emulation: Emulation, name: str, register: int, value: int) -> None:
    emulation.registers[name, register] = value


def _read(register: int, emulation: Emulation, name: str, path: Path) -> None:
    """LSM6DSO_IMU.cs:45-73: at the data rate that its register has now; Main/Core/Machine.cs:130."""
    if not emulation.registers.get((name, register), 0) >> 4:
        raise Recoverable("Frequency must be higher than zero")
    _fed(emulation, name, path)


def _driven(emulation: Emulation, name: str, line: int, level: bool) -> None:
    emulation.drive(name, line, level)


def _quantum(emulation: Emulation, name: str, quantum_ps: int) -> None:
    emulation.quantum_ps = quantum_ps


def _fast(emulation: Emulation, name: str, on: bool) -> None:
    emulation.is_fast = on


def _nothing(*_: Any) -> None:
    """It has no effect here."""


METHODS: dict[tuple[str, str], tuple[Method, ...]] = {
    ("machine", "LoadPlatformDescription"): (Method(("file",), _platform),),
    ("machine", "LoadPlatformDescriptionFromString"): (Method(("text",), _platform_text),),
    ("sysbus", "LoadELF"): (Method(("file", "bool?"), lambda e, _, path, *more: e.load_elf(path)),),
    ("sysbus", "LoadBinary"): (Method(("file", "uint"), lambda e, _, path, at: e.load_binary(path, at)),),
    ("sysbus", "LoadSymbolsFrom"): (Method(("file",), _nothing),),
    ("CPU.CortexM", "VectorTableOffset"): (Method(("uint",), _vectors),),
    ("CPU.CortexM", "PerformanceInMips"): (Method(("uint",), _mips),),
    ("CPU.CortexM", "AddHookAtInterruptEnd"): (
        Method(("text",), lambda e, _, text: e.hook_interrupt_end(text)),
    ),
    ("Sound.NRF52840_PDM", "SetInputFile"): (Method(("file", "side?", "int?"), _sound),),
    ("Sensors.LSM9DS1_IMU", "FeedAccelerationSample"): (
        Method(("file",), _fed),
        Method(("number", "number", "number", "uint?"), _fed),
    ),
    ("Sensors.LSM6DSO_IMU", "WriteByte"): (Method(("int", "int"), _rated),),
    ("Sensors.LSM6DSO_IMU", "FeedAccelerationSamplesFromRESD"): (Method(("file",), partial(_read, 0x10)),),
    ("Sensors.LSM6DSO_IMU", "FeedAngularRateSamplesFromRESD"): (Method(("file",), partial(_read, 0x11)),),
    ("Sensors.LSM9DS1_IMU", "MaxFifoDepth"): (Method(("uint",), _fed),),
    ("GPIOPort.NRF52840_GPIO", "OnGPIO"): (Method(("int", "bool"), _driven),),
    ("GPIOPort.STM32_GPIOPort", "OnGPIO"): (Method(("int", "bool"), _driven),),
    ("emulation", "SetGlobalAdvanceImmediately"): (Method(("bool",), _fast),),
    ("emulation", "SetGlobalQuantum"): (Method(("time",), _quantum),),
    ("emulation", "SetSeed"): (Method(("int",), _nothing),),
    ("emulation", "RunFor"): (Method(("time",), lambda e, _, duration: e.run_for(duration)),),
}
"""R …/PlatformDescriptionMachineExtensions.cs:18-26; I FileLoaderExtensions.cs:28, 417; CortexM.cs:585;
BaseCPU.cs:294; CpuHooksExtensions.cs:34; NRF52840_PDM.cs:46; LSM9DS1_IMU.cs:113, 123, 255;
LSM6DSO_IMU.cs:45, 64; BasicBytePeripheral.cs:35;
NRF52840_GPIO.cs:55; MonitorTimeExtensions.cs; Emulation.cs:124, 140."""
