"""Scripts that stand in place of Renode's in its Python peripherals, run as its releases run them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from coincell.describe import load_board
from coincell.engines.renode.description import load_chip_model
from coincell.engines.renode.repl import Entry
from coincell.image import FirmwareImage, Segment
from coincell.machine import Machine


class Script:
    """A Python peripheral with the script, as a release with or without capital letters runs it."""

    def __init__(self, text: str, has_capitals: bool) -> None:
        self.code, self.scope, self.has_capitals = compile(text, "rcc", "exec"), {}, has_capitals
        self.run("isInit", 0, 0, 0)

    def run(self, kind: str, offset: int, value: int, length: int) -> int:
        facts = {"value": value, "length": length, "offset": offset}
        facts |= {name: name == kind for name in ("isInit", "isRead", "isWrite", "isUser")}
        names = {name: name[0].upper() + name[1:] if self.has_capitals else name for name in facts}
        self.scope["request"] = SimpleNamespace(**{names[name]: fact for name, fact in facts.items()})
        exec(self.code, self.scope)
        return getattr(self.scope["request"], names["value"])

    def write(self, offset: int, width: int, value: int) -> None:
        self.run("isWrite", offset, value, width)

    def read(self, offset: int, width: int) -> int:
        """The answer is cut to its width: PythonPeripheral.cs:84-121."""
        return self.run("isRead", offset, 0, width) & (1 << 8 * width) - 1


@pytest.fixture(params=[False, True], ids=["until 1.16.0", "since"])
def g0_rcc(request):
    model = load_chip_model("stm32g0b1")
    (entry,) = (entry for entry in model.entry if entry.name == "rcc")
    return Script(str(entry.values["script"]), request.param)


@pytest.mark.parametrize(
    ("offset", "on", "ready"),
    [
        (0x00, 1 << 16, 1 << 17),  # HSE
        (0x00, 1 << 22, 1 << 23),  # HSI48
        (0x00, 1 << 24, 1 << 25),  # PLL
        (0x08, 2, 2 << 3),  # SW, SWS
        (0x5C, 1, 2),  # LSE
        (0x60, 1, 2),  # LSI
    ],
)
def test_what_firmware_waits_for_in_rcc_of_a_g0_comes(g0_rcc, offset, on, ready):
    """Bits: ST cmsis-device-g0 f576c24, stm32g0b1xx.h:6078-7009."""
    before = g0_rcc.read(offset, 4)
    assert not before & ready
    g0_rcc.write(offset, 4, before | on)
    assert g0_rcc.read(offset, 4) == before | on | ready
    g0_rcc.write(offset, 4, before | ready)
    assert g0_rcc.read(offset, 4) == before, "the flag follows the switch, whatever is written to it"


def test_rcc_of_a_g0_answers_as_the_native_block_does(g0_rcc):
    vectors = (0x20001000).to_bytes(4, "little") + (0x08000009).to_bytes(4, "little")
    image = FirmwareImage(Path("none"), "bin", (Segment(0x08000000, vectors),))
    ours = next(one for one in Machine(load_board("nucleo_g0b1re"), image, {}).blocks if one.name == "rcc")
    assert all(g0_rcc.read(at, 4) == ours.read(at, 4) for at in range(0, 0x64, 4))
    writes = [(0x34, 4, 0x25), (0x35, 1, 0xFF), (0x3C, 4, 0x20001), (0x3E, 2, 0x4), (0x40, 4, 0x4000)]
    writes += [(0x00, 4, 0x1010000), (0x60, 4, 0x800001), (0x5C, 4, 1), (0x34, 4, 0)]
    for offset, width, value in writes:
        g0_rcc.write(offset, width, value)
        ours.write(offset, width, value)
        for at in (0x00, 0x34, 0x3C, 0x40, 0x5C, 0x60):
            assert g0_rcc.read(at, 4) == ours.read(at, 4), (hex(offset), hex(at))
        assert g0_rcc.read(0x3D, 1) == ours.read(0x3D, 1)
        assert g0_rcc.read(0x3E, 2) == ours.read(0x3E, 2)


def test_a_script_that_renode_could_not_read_is_refused():
    good = Entry("rcc", values={"script": "a = dict()\nb = 'c'"})
    assert "\n".join(good.lines()) == "rcc:\n    script: '''\na = dict()\nb = 'c'\n'''"
    for text in ("a = {\n", 'a = "\n', "a = '\\n'\n", "a = '''b'''\n", "a\t= 1\n"):
        with pytest.raises(ValueError, match="cannot be written"):
            list(Entry("rcc", values={"script": text}).lines())
