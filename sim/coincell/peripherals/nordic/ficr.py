"""FICR and UICR: factory and user information. nRF52840 PS v1.7, "FICR" and "UICR".

What the factory writes per device (identity, address, keys) comes from the scenario's seed.
"""

from __future__ import annotations

import random

from coincell.peripherals.context import BlockContext
from coincell.peripherals.registers import WORD, Block, Register, Registers
from coincell.peripherals.registry import register

_TEMP_TRIM = (
    (0x404, (0x326, 0x348, 0x3AA, 0x40E, 0x4BD, 0x5A3)),
    (0x41C, (0x3FEF, 0x3FBE, 0x3FBE, 0x12, 0x124, 0x27C)),
    (0x434, (0xE2, 0x00, 0x19, 0x3C, 0x50)),
)
"""The TEMP block's own reset values."""


@register("nordic.ficr")
class Ficr(Block):
    """Read only."""

    CODEPAGESIZE = Register(0x010, access="r", reset=4096)
    CODESIZE = Register(0x014, access="r", reset=256)
    DEVICEID = Registers(0x060, 2, access="r")
    ER = Registers(0x080, 4, access="r")
    IR = Registers(0x090, 4, access="r")
    DEVICEADDRTYPE = Register(0x0A0, access="r", reset=0xFFFF_FFFF)  # bit 0: random static address
    DEVICEADDR = Registers(0x0A4, 2, access="r")
    INFO_PART = Register(0x100, access="r", reset=0x52840, name="INFO.PART")
    INFO_VARIANT = Register(0x104, access="r", reset=0x41414430, name="INFO.VARIANT")  # "AAD0"
    INFO_PACKAGE = Register(0x108, access="r", reset=0x2004, name="INFO.PACKAGE")  # QI: 73-pin aQFN
    INFO_RAM = Register(0x10C, access="r", reset=256, name="INFO.RAM")  # KB
    INFO_FLASH = Register(0x110, access="r", reset=1024, name="INFO.FLASH")  # KB
    # Not in the PS: Nordic's start-up code tells chip and revision by these (nrf52_erratas.h)
    CHIP = Register(0x130, access="r", reset=8, name="(chip)")
    REVISION = Register(0x134, access="r", reset=3, name="(revision)")
    PRODTEST = Registers(0x350, 3, access="r", reset=0xBB42319F)
    TEMP_A = Registers(0x404, 6, access="r", name="TEMP.A{}")
    TEMP_B = Registers(0x41C, 6, access="r", name="TEMP.B{}")
    TEMP_T = Registers(0x434, 5, access="r", name="TEMP.T{}")
    NFC_TAGHEADER = Registers(0x450, 4, access="r", reset=0xFFFF_FF5F, name="NFC.TAGHEADER{}")
    TRNG90B = Registers(0xC00, 8, access="r", reset=WORD, modelled=False)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        self._seed = f"{context.seed}/{name}"
        self.on_reset()

    def on_reset(self) -> None:
        chance = random.Random(self._seed)
        for words in (self.DEVICEID, self.ER, self.IR, self.DEVICEADDR):
            for index in range(len(words)):
                words[index] = chance.getrandbits(32)
        for offset, values in _TEMP_TRIM:
            for index, value in enumerate(values):
                self.words[(offset >> 2) + index] = value


@register("nordic.uicr")
class Uicr(Block):
    """Non-volatile: kept over resets, cleared to ones by NVMC's ERASEUICR; writing can only clear bits."""

    NRFFW = Registers(0x014, 13, reset=WORD)
    NRFHW = Registers(0x050, 12, reset=WORD)
    CUSTOMER = Registers(0x080, 32, reset=WORD)
    PSELRESET = Registers(0x200, 2, reset=WORD)
    APPROTECT = Register(0x208, reset=WORD)
    NFCPINS = Register(0x20C, reset=WORD)
    DEBUGCTRL = Register(0x210, reset=WORD)
    REGOUT0 = Register(0x304, reset=WORD)

    def __init__(self, name: str, base: int, context: BlockContext) -> None:
        super().__init__(name, base, context.unmodelled)
        context.fabric.listen("erase UICR", self._restore)

    def reset(self) -> None:
        """A reset changes nothing here."""

    def write_word(self, offset: int, value: int) -> None:
        super().write_word(offset, value & self.words[offset >> 2])

    def load(self, offset: int, data: bytes) -> None:
        """Contents that come with the firmware's image."""
        memoryview(self.words).cast("B")[offset : offset + len(data)] = data
