"""The remote protocol on a raw socket: what a debugger may send, and what nobody should."""

from __future__ import annotations

import random
import socket
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from coincell.engines.assembly import BareChip, Plan
from coincell.engines.gdb import Debuggee, Farewell, serve
from coincell.engines.gdb.packets import LONGEST
from coincell.errors import InputError
from coincell.image import FirmwareImage, Segment

FLASH, RAM = 0x0800_0000, 0x2000_0000
CODE = (
    0x2005,  # 08: movs r0, #5
    0x3801,  # 0a: subs r0, #1
    0xD1FD,  # 0c: bne 0a
    0x4901,  # 0e: ldr r1, =RAM
    0x6008,  # 10: str r0, [r1]
    0xE7FE,  # 12: b .
    *(0x0000, 0x2000),  # 14
)


def firmware() -> FirmwareImage:
    words = (RAM + 0x1000).to_bytes(4, "little") + (FLASH + 9).to_bytes(4, "little")
    code = b"".join(h.to_bytes(2, "little") for h in CODE)
    return FirmwareImage(Path("made.elf"), "elf", (Segment(FLASH, words + code),))


class Client:
    """A debugger made of a socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.acknowledged = self.refused = 0

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, payload: bytes) -> None:
        self.raw(b"$%b#%02x" % (payload, sum(payload) & 0xFF))

    def byte(self) -> bytes:
        return self.socket.recv(1)

    def answer(self) -> bytes:
        """The next packet; counts acknowledgements before it, and checks its sum."""
        while (byte := self.byte()) != b"$":
            assert byte in (b"+", b"-"), byte
            self.acknowledged += byte == b"+"
            self.refused += byte == b"-"
        body = b""
        while (byte := self.byte()) != b"#":
            assert byte
            body += byte
        assert int(self.byte() + self.byte(), 16) == sum(body) & 0xFF
        return body

    def ask(self, payload: bytes) -> bytes:
        self.send(payload)
        return self.answer()


@pytest.fixture
def session() -> Iterator[tuple[Client, Debuggee, list[Farewell]]]:
    chip = BareChip("cortex-m4f", ((FLASH, 0x2000),), ((RAM, 0x1000),), 1_000_000)
    debuggee = Debuggee(Plan(firmware(), chip, {}, 0, False, "interpret"))
    ports: list[int] = []
    ready, farewells = threading.Event(), list[Farewell]()

    def run() -> None:
        farewells.append(serve(debuggee, 0, lambda port: (ports.append(port), ready.set())))  # type: ignore[func-returns-value]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    client = Client(ports[0])
    yield client, debuggee, farewells
    client.socket.close()
    thread.join(10)
    assert farewells, "the server did not end by itself"


def test_only_this_machine_may_connect(session):
    client, _, _ = session
    assert client.socket.getpeername()[0] == "127.0.0.1"


def test_acknowledgements_end_when_both_agree(session):
    client, _, _ = session
    assert b"PacketSize=4000" in client.ask(b"qSupported:swbreak+")
    assert client.acknowledged == 1
    assert client.ask(b"QStartNoAckMode") == b"OK"
    assert client.acknowledged == 2
    assert client.ask(b"qC") == b"QC1"
    assert client.acknowledged == 2


def test_a_wrong_checksum_is_refused_and_a_refusal_repeats(session):
    client, _, _ = session
    client.raw(b"$qC#00")
    assert client.byte() == b"-"
    assert client.ask(b"qC") == b"QC1"
    client.raw(b"-")
    assert client.answer() == b"QC1"
    client.raw(b"\x00noise+++")
    assert client.ask(b"?") == b"T05thread:1;"


def test_escapes_and_runs_are_undone(session):
    client, _, _ = session
    assert client.ask(b"M20000000,4:0* 12345") == b"E01"  # 0 and three more: nine digits
    assert client.ask(b"M20000000,4:0*!123") == b"OK"  # 0 and four more
    assert client.ask(b"m20000000,4") == b"00000123"
    assert client.ask(b"X20000000,4:}\x03*\x00}\x5d") == b"OK"  # 0x23, a star that is a byte, 0, 0x7d
    assert client.ask(b"m20000000,4") == b"232a007d"


def test_descriptions_are_xml_in_pieces(session):
    client, _, _ = session
    text, at = b"", 0
    while True:
        part = client.ask(b"qXfer:features:read:target.xml:%x,100" % at)
        text, at = text + part[1:], at + len(part) - 1
        if part[:1] == b"l":
            break
    target = ElementTree.fromstring(text)
    sizes = [int(reg.get("bitsize", "")) for reg in target.iter("reg")]
    numbers = [int(reg.get("regnum", "")) for reg in target.iter("reg")]
    assert numbers == list(range(len(sizes)))
    assert [feature.get("name") for feature in target.iter("feature")] == [
        "org.gnu.gdb.arm.m-profile",
        "org.gnu.gdb.arm.vfp",
        "org.gnu.gdb.arm.m-system",
    ]
    assert len(client.ask(b"g")) == sum(sizes) // 4
    places = ElementTree.fromstring(client.ask(b"qXfer:memory-map:read::0,1000")[1:])
    flash = next(place for place in places if place.get("type") == "flash")
    assert (flash.get("start"), flash.get("length")) == (hex(FLASH), "0x2000")
    assert client.ask(b"qXfer:features:read:other.xml:0,100") == b"E00"
    assert client.ask(b"qXfer:auxv:read::0,100") == b""


def test_registers_one_and_all(session):
    client, debuggee, _ = session
    everything = client.ask(b"g")
    assert everything[13 * 8 : 14 * 8] == b"00100020"
    assert client.ask(b"pf") == b"08000008"
    assert client.ask(b"P1=78563412") == b"OK"
    assert debuggee.core.state.words[1] == 0x12345678
    assert client.ask(b"G" + everything) == b"OK"
    assert client.ask(b"p1") == b"00000000"
    assert client.ask(b"pffff") == b"E03"
    assert client.ask(b"P1=7856") == b"E01"
    assert client.ask(b"Gabcd") == b"E01"


def test_going_on(session):
    client, debuggee, _ = session
    assert client.ask(b"s") == b"T05thread:1;"
    assert client.ask(b"pf") == b"0a000008"
    assert client.ask(b"vCont;r800000a,800000e:1") == b"T05thread:1;"  # the whole loop
    assert (client.ask(b"p0"), client.ask(b"pf")) == (b"00000000", b"0e000008")
    assert client.ask(b"Z2,20000002,1") == b"OK"
    assert client.ask(b"vCont;c") == b"T05thread:1;watch:20000002;"
    assert client.ask(b"pf") == b"10000008"  # about to store
    assert client.ask(b"z2,20000002,1") == b"OK"
    client.send(b"vCont;c")
    client.raw(b"\x03")
    assert client.answer() == b"T02thread:1;"
    assert client.ask(b"pf") == b"12000008"
    assert client.ask(b"s8000008") == b"T05thread:1;"
    assert client.ask(b"Z0,800000c,2") == b"OK"
    assert client.ask(b"C05;800000a") == b"T05thread:1;"
    assert client.ask(b"pf") == b"0c000008"
    assert client.ask(b"z0,800000c,2") == b"OK"
    assert client.ask(b"vCont;t:1") == b"T05thread:1;"
    assert debuggee.stop.at_breakpoint


def test_flash_is_programmed_for_good_and_ram_is_not(session):
    client, _, _ = session
    assert client.ask(b"vFlashErase:8001000,1000") == b"OK"
    assert client.ask(b"vFlashWrite:8001000:ab}\x03") == b"OK"
    assert client.ask(b"vFlashDone") == b"OK"
    assert client.ask(b"X20000000,1:z") == b"OK"
    assert client.ask(b"vRun;6d792e656c66") == b"T05thread:1;"
    assert client.ask(b"m8001000,4") == b"616223ff"
    assert client.ask(b"m20000000,1") == b"c5"  # what RAM holds before anything is written
    assert client.ask(b"vFlashErase:20000000,1000") == b"E02"
    assert client.ask(b"vFlashWrite:9000000:ab") == b"E02"


def test_monitor_commands(session):
    client, _, _ = session

    def monitor(command: str) -> str:
        return bytes.fromhex(client.ask(b"qRcmd," + command.encode().hex().encode()).decode()).decode()

    client.ask(b"s")
    assert monitor("time") == "0.000001000 s, 1 cycles awake, 1 instructions\n"
    assert monitor("halt") == "halted at 0x0800000a\n"
    assert monitor("reset") == "halted at 0x08000008\n"
    assert monitor("time").startswith("0.000000000 s, 0 cycles")
    assert "monitor time" in monitor("help")
    assert "no `monitor jump`" in monitor("jump up")


def test_a_program_that_was_killed_can_be_started_again(session):
    client, _, _ = session
    assert client.ask(b"!") == b"OK"
    assert client.ask(b"vKill;1") == b"OK"
    assert client.ask(b"?") == b"X09"
    assert client.ask(b"vCont;c") == b"E04"
    assert client.ask(b"vRun;") == b"T05thread:1;"
    assert client.ask(b"qAttached") == b"0"


NONSENSE = rb"""
m m1 mxyz,4 m-4,4 m100000000,4 m8000000,ffffffffffffff M20000000,4:12 M20000000,4:zz X20000000,5:ab
P P1 Pxx=00 p p-1 G Gabc vCont vCont;q vCont;r1 Z0 Z0,1 Z2,0,0 Z2,0,ffffffffffff Z9,0,0 z0,zz,2 czz s-1
qXfer qXfer:features:read:target.xml:0 qRcmd,z vFlashErase:8000000 vFlashErase:8000000,ffffffffffffffff
vFlashWrite: vMustReplyEmpty Hg-1 T99 _unknown
""".split()


def test_nonsense_gets_an_answer_and_the_next_packet_works(session):
    client, _, _ = session
    for packet in (b"", b"\xff\xfe", b"q\xff", *NONSENSE):
        answer = client.ask(packet)
        assert answer[:1] in (b"", b"E", b"O") or packet.startswith(b"m8"), packet
    assert len(client.ask(b"m8000000,ffffffffffffff")) == 2 * 0x2000
    assert client.ask(b"?") == b"T05thread:1;"


SENSE = rb"""
vCont;c vCont;s:1 vCont;r8000008,8000014:1 c s S05;8000008 vRun; ? g G00000000 p1 P1=00000000 Pf=09000008
P10=00000001 m20000000,40 me000ed00,10 m40000000,4 M20000000,4:00112233 X20000000,4:abcd Me000ed0c,4:0400fa05
Z0,800000a,2 z0,800000a,2 Z2,20000000,4 Z3,20000000,4 Z4,20000000,4 z2,20000000,4 z4,20000000,4
qRcmd,7265736574 qXfer:features:read:target.xml:0,100 qSupported:swbreak+ qC
vFlashErase:8001000,1000 vFlashWrite:8000008:abcd X8000010,2:zz
""".split()


@pytest.mark.parametrize("seed", range(3))
def test_damaged_packets_never_end_the_session(session, seed):
    client, _, _ = session
    chance = random.Random(seed)
    for _ in range(100):
        packet = bytearray(chance.choice(SENSE))
        for _ in range(chance.choice((0, 0, 1, 2))):
            packet[chance.randrange(len(packet))] = chance.choice(b"0123456789abcdef,:;=*}$#csZz\xff")
        if packet[:1] not in b"kD":
            client.send(bytes(packet))
            client.raw(b"\x03")  # should it run
    client.send(b"qC")
    while client.answer() != b"QC1":
        client.raw(b"\x03")


def test_a_packet_without_end_is_dropped(session):
    client, _, _ = session
    client.raw(b"$" + b"m" * (LONGEST + 1))
    client.raw(b"#00")
    assert client.ask(b"m20000000," + b"f" * 2000).startswith(b"c5c5c5c5")
    assert client.ask(b"qC") == b"QC1"


@pytest.mark.parametrize("last", [b"", b"$qC", b"\x03", b"vCont;c"])
def test_a_client_that_vanishes_ends_the_session(session, last):
    client, _, _ = session
    if last == b"vCont;c":
        client.send(last)  # while the machine runs
    else:
        client.raw(last)
    client.socket.close()  # the fixture waits for the end


def test_a_port_that_is_taken_is_one_message(session):
    _, debuggee, _ = session
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(InputError, match="cannot be listened on") as caught,
    ):
        serve(debuggee, other.getsockname()[1], lambda port: None)
    assert caught.value.exit_code == 2
