"""What blocks on serial wires declare alike: pin selections and EasyDMA channels."""

from __future__ import annotations

from coincell.peripherals.registers import WORD, Block, Field, Register


def psel(offset: int, name: str) -> Register:
    """A PSEL register: disconnected after reset."""
    fields = (Field(0, 4), Field(5, 5), Field(31, 31))
    return Register(offset, reset=0xFFFF_FFFF, fields=fields, name=f"PSEL.{name}")


def easy_dma(offset: int, name: str, mask: int = 0xFFFF) -> tuple[Register, Register, Register]:
    """PTR, MAXCNT (of `mask`'s bits) and AMOUNT of an EasyDMA channel, one after the other."""
    return (
        Register(offset, name=f"{name}.PTR"),
        Register(offset + 4, mask=mask, name=f"{name}.MAXCNT"),
        Register(offset + 8, access="r", name=f"{name}.AMOUNT"),
    )


def next_buffer(block: Block, ptr: Register, maxcnt: Register, array_list: Register) -> tuple[int, int]:
    """Address and length of a transfer that begins; with LIST = ArrayList, PTR moves on to the next one.

    PS, "EasyDMA array list".
    """
    address, length, mode = (block.words[register.offset >> 2] for register in (ptr, maxcnt, array_list))
    if mode == 1:
        block.words[ptr.offset >> 2] = address + length & WORD
    return address, length
