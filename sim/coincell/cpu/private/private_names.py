"""Arm's names for registers on the private peripheral bus (ARMv7-M ARM B3.2, C1.6 - C1.11).

For reports of accesses to those that are not modelled.
"""

from __future__ import annotations


def _words(first: int, names: str) -> dict[int, str]:
    """Consecutive words from `first`."""
    return {first + 4 * n: name for n, name in enumerate(names.split())}


def _series(first: int, count: int, *names: str, stride: int = 4) -> dict[int, str]:
    """`count` numbered groups, `stride` bytes apart, of the words `names`."""
    return {
        first + stride * n + 4 * place: f"{name}{n}" for n in range(count) for place, name in enumerate(names)
    }


_SCS = (
    _words(0x004, "ICTR ACTLR")
    | _series(0x300, 16, "NVIC_IABR")
    | _words(0xD18, "SHPR1 SHPR2 SHPR3 SHCSR CFSR HFSR DFSR MMFAR BFAR AFSR")
    | _words(0xD40, "ID_PFR0 ID_PFR1 ID_DFR0 ID_AFR0 ID_MMFR0 ID_MMFR1 ID_MMFR2 ID_MMFR3")
    | _words(0xD60, "ID_ISAR0 ID_ISAR1 ID_ISAR2 ID_ISAR3 ID_ISAR4 ID_ISAR5 CLIDR CTR")
    | _words(0xD80, "CCSIDR CSSELR CPACR NSACR")
    | _words(0xDA4, "MPU_RBAR_A1 MPU_RASR_A1 MPU_RBAR_A2 MPU_RASR_A2 MPU_RBAR_A3 MPU_RASR_A3")
    | _words(0xDF0, "DHCSR DCRSR DCRDR DEMCR")
    | _words(0xF00, "STIR")
    | _words(0xF34, "FPCCR FPCAR FPDSCR MVFR0 MVFR1 MVFR2")
    | _words(0xF50, "ICIALLU 0xF54 ICIMVAU DCIMVAC DCISW DCCMVAU DCCMVAC DCCSW DCCIMVAC DCCISW BPIALL")
)
_DWT = _words(
    0x000, "DWT_CTRL DWT_CYCCNT DWT_CPICNT DWT_EXCCNT DWT_SLEEPCNT DWT_LSUCNT DWT_FOLDCNT DWT_PCSR"
) | _series(0x020, 15, "DWT_COMP", "DWT_MASK", "DWT_FUNCTION", stride=16)
_ITM = (
    _series(0x000, 32, "ITM_STIM")
    | _words(0xE00, "ITM_TER0")
    | _words(0xE40, "ITM_TPR")
    | _words(0xE80, "ITM_TCR")
)
_FPB = _words(0x000, "FP_CTRL FP_REMAP") | _series(0x008, 142, "FP_COMP")
_TPIU = (
    _words(0x000, "TPIU_SSPSR TPIU_CSPSR")
    | _words(0x010, "TPIU_ACPR")
    | _words(0x0F0, "TPIU_SPPR")
    | _words(0x300, "TPIU_FFSR TPIU_FFCR TPIU_FSCR")
)
_TABLES = {"scs": _SCS, "dwt": _DWT, "itm": _ITM, "fpb": _FPB, "tpiu": _TPIU}
_CORESIGHT = (
    _words(0xF00, "ITCTRL")
    | _words(0xFA0, "CLAIMSET CLAIMCLR")
    | _words(0xFB0, "LAR LSR AUTHSTATUS")
    | _words(0xFC8, "DEVID DEVTYPE PIDR4 PIDR5 PIDR6 PIDR7 PIDR0 PIDR1 PIDR2 PIDR3 CIDR0 CIDR1 CIDR2 CIDR3")
)
"""What every debug component has at its end (C1.1, appendix B)."""


def register_name(block: str, offset: int) -> str:
    """Arm's name of the word at `offset` of `block`; the offset where it has none."""
    word = offset & ~3
    found = _TABLES.get(block, {}).get(word)
    if found is None and word in _CORESIGHT:
        found = f"{block.upper()}_{_CORESIGHT[word]}"
    return found or f"0x{word:03X}"
