"""The sounds of speech as targets for a synthesiser: formants, sources and durations.

Figures are kind `estimate`: typical adult-male values in the manner of the tables in D. H. Klatt,
"Software for a cascade/parallel formant synthesizer", JASA 67 (1980), written from memory and rounded.
Names are ARPABET.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Phone:
    """Targets that hold for `ms` at normal rate. Amplitudes are relative to a stressed vowel's voice."""

    ms: float
    f1: float
    f2: float
    f3: float
    voice: float = 0.0
    breath: float = 0.0
    """Noise that passes through the formants (aspiration)."""
    hiss: float = 0.0
    """Noise made at a constriction, shaped by `hiss_hz` and `hiss_bw` alone (frication)."""
    hiss_hz: float = 4000.0
    hiss_bw: float = 1500.0
    damp: float = 1.0
    """Factor on formant bandwidths; nasals are damped."""
    sharp: bool = False
    """Amplitudes begin and end abruptly (bursts and closures)."""


def _vowel(ms: float, f1: float, f2: float, f3: float) -> Phone:
    return Phone(ms, f1, f2, f3, voice=1.0)


_VOWELS: dict[str, tuple[Phone, ...]] = {
    "IY": (_vowel(120, 290, 2250, 2950),),
    "IH": (_vowel(90, 400, 1950, 2550),),
    "EH": (_vowel(110, 550, 1770, 2480),),
    "AE": (_vowel(140, 660, 1720, 2420),),
    "AA": (_vowel(140, 720, 1120, 2450),),
    "AH": (_vowel(100, 620, 1200, 2400),),
    "AX": (_vowel(60, 500, 1400, 2400),),
    "AO": (_vowel(140, 580, 880, 2420),),
    "UH": (_vowel(90, 450, 1050, 2250),),
    "UW": (_vowel(120, 310, 900, 2250),),
    "ER": (_vowel(120, 480, 1350, 1690),),
    "EY": (_vowel(80, 480, 1920, 2550), _vowel(70, 350, 2150, 2750)),
    "AY": (_vowel(90, 700, 1200, 2500), _vowel(80, 400, 2000, 2600)),
    "OY": (_vowel(90, 550, 900, 2400), _vowel(90, 370, 1980, 2550)),
    "AW": (_vowel(95, 700, 1250, 2500), _vowel(80, 420, 950, 2350)),
    "OW": (_vowel(80, 530, 980, 2350), _vowel(70, 400, 830, 2300)),
}

_CONSONANTS: dict[str, tuple[Phone, ...]] = {
    "W": (Phone(65, 300, 650, 2200, voice=0.55),),
    "Y": (Phone(60, 270, 2250, 3000, voice=0.5),),
    "R": (Phone(65, 330, 1100, 1450, voice=0.55),),
    "L": (Phone(70, 340, 1050, 2750, voice=0.5),),
    "M": (Phone(75, 270, 1050, 2200, voice=0.30, damp=2.5),),
    "N": (Phone(70, 270, 1600, 2500, voice=0.30, damp=2.5),),
    "NG": (Phone(75, 270, 2100, 2600, voice=0.28, damp=2.5),),
    "HH": (Phone(65, 500, 1500, 2500, breath=0.35),),
    "F": (Phone(95, 340, 1100, 2100, hiss=0.10, hiss_hz=5500, hiss_bw=4000),),
    "V": (Phone(60, 270, 1100, 2100, voice=0.30, hiss=0.05, hiss_hz=5500, hiss_bw=4000),),
    "TH": (Phone(90, 330, 1350, 2550, hiss=0.08, hiss_hz=6000, hiss_bw=3500),),
    "DH": (Phone(50, 270, 1350, 2550, voice=0.32, hiss=0.04, hiss_hz=6000, hiss_bw=3500),),
    "S": (Phone(110, 330, 1500, 2550, hiss=0.34, hiss_hz=6000, hiss_bw=1300),),
    "Z": (Phone(80, 270, 1500, 2550, voice=0.26, hiss=0.20, hiss_hz=6000, hiss_bw=1300),),
    "SH": (Phone(110, 320, 1850, 2650, hiss=0.36, hiss_hz=3300, hiss_bw=1000),),
    "ZH": (Phone(75, 270, 1850, 2650, voice=0.26, hiss=0.20, hiss_hz=3300, hiss_bw=1000),),
}


def _stop(
    locus: tuple[float, float, float], burst_hz: float, burst_bw: float, voiced: bool
) -> tuple[Phone, ...]:
    """Closure, burst and, when voiceless, the aspiration that follows."""
    f1, f2, f3 = locus
    closure = Phone(55, f1, f2, f3, voice=0.12 if voiced else 0.0, damp=2.0, sharp=True)
    loud = 0.30 if voiced else 0.45
    burst = Phone(12, f1, f2, f3, hiss=loud, hiss_hz=burst_hz, hiss_bw=burst_bw, sharp=True)
    if voiced:
        return (closure, burst)
    return (closure, burst, Phone(38, f1 + 120, f2, f3, breath=0.30, sharp=True))


_LABIAL, _ALVEOLAR, _VELAR = (230.0, 850.0, 2100.0), (230.0, 1700.0, 2600.0), (230.0, 1750.0, 2200.0)
_CONSONANTS |= {
    "P": _stop(_LABIAL, 900, 1200, voiced=False),
    "B": _stop(_LABIAL, 700, 1000, voiced=True),
    "T": _stop(_ALVEOLAR, 4500, 1800, voiced=False),
    "D": _stop(_ALVEOLAR, 4000, 1800, voiced=True),
    "K": _stop(_VELAR, 2000, 800, voiced=False),
    "G": _stop(_VELAR, 1900, 800, voiced=True),
}
_CONSONANTS |= {
    "CH": (_CONSONANTS["T"][0], _CONSONANTS["T"][1], replace(_CONSONANTS["SH"][0], ms=75)),
    "JH": (_CONSONANTS["D"][0], _CONSONANTS["D"][1], replace(_CONSONANTS["ZH"][0], ms=60)),
}

PHONES: dict[str, tuple[Phone, ...]] = _VOWELS | _CONSONANTS
PAUSE = Phone(60, 500, 1500, 2500)


def is_vowel(name: str) -> bool:
    """Whether `name` (without its stress digit) can carry a syllable."""
    return name in _VOWELS
