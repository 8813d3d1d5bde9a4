"""Records become a result: hand-written ones, whose every figure can be worked out on paper."""

import pytest

from coincell.describe import load_board
from coincell.engines.renode.records import Record
from coincell.engines.renode.replay import Replay
from coincell.engines.renode.watch import sleeps
from coincell.errors import InputError
from coincell.facade import build_elf
from coincell.image import load_image
from coincell.machine import Machine

US, MS, MIPS = 1_000_000, 1_000_000_000, 40
GPIO, RADIO, RAM = 0x50000500, 0x40001000, 0x20000000


@pytest.fixture(scope="module")
def image():
    return load_image(build_elf("hello", load_board("nano33ble_sense"), "zig"))


@pytest.fixture
def replay(image):
    return Replay(Machine(load_board("nano33ble_sense"), image, {}, 1), 64_000_000, MIPS)


def at(time_ps, kind, *words, instructions=0):
    return Record(kind, time_ps, instructions, tuple(map(str, words)))


def write(time_ps, address, value):
    return at(time_ps, "W", f"{address:08x}", 4, f"{value:08x}")


def test_console(replay):
    text = [at(n * US, "U", "uart", f"{byte:02x}") for n, byte in enumerate(b"hello\r\nwor")]
    replay.take(text, MS)
    lines = replay.console.lines
    assert [(line.time_ps, line.port, line.text) for line in lines] == [
        (6 * US, "uart", "hello"),
        (9 * US, "uart", "wor"),
    ]


def test_pins_and_what_hangs_on_them(replay):
    """LED_BUILTIN is P0.13: DIRSET and OUTSET light it, which its component's states tell."""
    pin = 1 << 13
    writes = [write(MS, GPIO + 0x18, pin), write(2 * MS, GPIO + 0x08, pin), write(5 * MS, GPIO + 0x0C, pin)]
    edges = [at(2 * MS, "P", "LED_BUILTIN", 1), at(5 * MS, "P", "LED_BUILTIN", 0)]
    replay.take(sorted([*writes, *edges], key=lambda r: r.time_ps), 10 * MS)
    assert [(e.time_ps, e.net, e.level) for e in replay.edges] == [
        (2 * MS, "LED_BUILTIN", True),
        (5 * MS, "LED_BUILTIN", False),
    ]
    led = [(s.time_ps, s.state) for s in replay.machine.recorder.states if s.component == "led_builtin"]
    assert led[-2:] == [(2 * MS, "on"), (5 * MS, "off")]


def test_a_net_that_is_pulled_up_rises_only_after_it_fell(replay):
    """LED_RED hangs on the supply, so it is high before firmware drives it; Renode's pin begins low."""
    levels = [at(n * MS, "P", "LED_RED", level) for n, level in ((1, 1), (2, 0), (3, 1))]
    replay.take(levels, 10 * MS)
    assert [(e.time_ps, e.level) for e in replay.edges] == [(2 * MS, False), (3 * MS, True)]


def test_sleep(replay):
    naps = [at(n * MS, kind, "0") for n, kind in ((1, "S"), (3, "A"), (3, "A"), (4, "S"), (4, "S"))]
    replay.take(naps, 10 * MS)
    assert replay.sleep_ps == (2 + 6) * MS
    counters = replay.counters(10 * MS)
    assert (counters.active_ps, counters.sleep_ps) == (2 * MS, 8 * MS)
    cpu = [(s.time_ps, s.state) for s in replay.machine.recorder.states if s.component == "cpu"]
    assert [state for _, state in cpu[-3:]] == ["sleep", "run_flash_nocache", "sleep"]
    assert [time for time, _ in cpu[-3:]] == [MS, 3 * MS, 4 * MS]


def test_sleep_on_exit_is_told_afterwards(replay):
    replay.take([write(MS, GPIO + 0x18, 1), at(4 * MS, "Z", 2_000_000)], 10 * MS)
    assert replay.sleep_ps == 2 * MS
    cpu = [(s.time_ps, s.state) for s in replay.machine.recorder.states if s.component == "cpu"]
    assert cpu[-2:] == [(2 * MS, "sleep"), (4 * MS, "run_flash_nocache")]


def test_marked_functions(replay):
    call, back = ("inference", "00001234", "20000100"), ("inference", "00001234", "20000100")
    deeper = ("inference", "00001300", "200000c0")
    records = [
        at(MS, "M", *call, instructions=1000),
        at(MS, "D", "entry:nn_input", "0102", instructions=1000),
        at(2 * MS, "M", *deeper, instructions=2000),
        at(3 * MS, "R", *deeper, instructions=3000),
        at(5 * MS, "R", *back, instructions=5000),
        at(5 * MS, "D", "return:nn_output", "ff", instructions=5000),
    ]
    replay.take(records, 10 * MS)
    inner, outer = replay.spans
    assert (inner.start_ps, inner.end_ps, inner.captured) == (2 * MS, 3 * MS, {})
    assert (outer.start_ps, outer.end_ps) == (MS, 5 * MS)
    assert outer.captured == {"entry:nn_input": b"\1\2", "return:nn_output": b"\xff"}
    # 4000 instructions at 40 in a microsecond are 100 µs of a core at 64 MHz
    assert outer.end_cycle - outer.start_cycle == 6400


def radio_set_up():
    """BLE advertising from RAM + 0x100, by itself from TXEN to DISABLED (nRF52840 PS, RADIO)."""
    settings = {0x510: 3, 0x514: 0x108, 0x518: 0x02030025, 0x51C: 0x89BED600, 0x524: 0x8E, 0x508: 2}
    settings |= {0x200: 3, 0x534: 0x103}
    records = [write(MS, RADIO + offset, value) for offset, value in settings.items()]
    return [*records, write(MS, RADIO + 0x504, RAM + 0x100), write(MS, 0x40000000, 1)]


def packet_at(time_ps, payload):
    return at(time_ps, "B", f"{RAM + 0x100:08x}", f"42{len(payload):02x}{payload.hex()}".ljust(516, "0"))


def test_radio_packets_are_what_stood_in_memory(replay):
    """The header says three bytes; BLE 1M: ramp-up of 140 µs, then 8 µs a byte (nRF52840 PS, RADIO)."""
    replay.take(
        [*radio_set_up(), packet_at(2 * MS, b"\xaa\xbb\xcc"), write(2 * MS, RADIO, 1)],
        10 * MS,
    )
    (packet,) = replay.machine.air.packets
    assert packet.payload[-3:] == b"\xaa\xbb\xcc"
    assert packet.start_ps == 2 * MS + 140 * US
    assert "tx_0dbm" in {s.state for s in replay.machine.recorder.states if s.component == "radio"}


def test_a_radio_that_is_faster_on_renode_sends_all_packets(replay):
    """There a packet of n bytes takes 58 + 8 n µs from TXEN to DISABLED, on the chip 226 + 8 n."""
    faster = (58 + 8 * 3) * US
    records = [*radio_set_up()]
    for n, frequency in enumerate((2, 26, 80)):
        time = 2 * MS + n * faster
        records += [write(time, RADIO + 0x508, frequency), write(time, RADIO + 0x110, 0)]
        records += [packet_at(time, bytes([n, n, n])), write(time, RADIO, 1)]
    records.append(write(2 * MS + 3 * faster, RADIO + 0xFFC, 0))  # off
    replay.take(records, 10 * MS)
    packets = replay.machine.air.packets
    assert [(p.freq_mhz, p.payload[-3:]) for p in packets] == [
        (2402, b"\0\0\0"),
        (2426, b"\1\1\1"),
        (2480, b"\2\2\2"),
    ]
    assert [p.start_ps for p in packets] == [2 * MS + (140 + n * (226 + 8 * 3)) * US for n in range(3)]
    states = [s for s in replay.machine.recorder.states if s.component == "radio"]
    assert (states[-1].state, states[-1].time_ps) == ("disabled", 2 * MS + 3 * (226 + 8 * 3) * US)


def test_a_reset_forgets_what_still_waits(replay):
    """No packet is sent, and FREQUENCY has its reset value (nRF52840 PS, RADIO), not what was to come."""
    sending = [write(2 * MS, RADIO, 1), write(2 * MS + 10 * US, RADIO + 0x508, 80)]
    replay.take([*radio_set_up(), *sending, at(2 * MS + 20 * US, "K")], 10 * MS)
    assert not replay.machine.air.packets
    (radio,) = (part for part in replay.machine.parts() if part.name == "radio")
    assert radio.FREQUENCY == 2


def test_what_still_waits_at_the_end_is_left_out(replay):
    late = 10 * MS - 50 * US
    records = [*radio_set_up(), write(late, RADIO, 1), write(late + 10 * US, RADIO + 0x508, 26)]
    replay.take([*records, packet_at(10 * MS, b"\7")], 10 * MS)
    assert replay.machine.sim.now == 10 * MS
    assert replay.machine.processor.bus.read_block(RAM + 0x102, 1) == b"\7"


def test_a_line_takes_its_time_though_renode_sends_it_at_once(replay):
    """20 bytes of 10 bits at 115,200 baud; STOPTX and ENABLE = 0 come in the microsecond of STARTTX."""
    uarte = 0x40002000
    settings = {0x50C: 0x23, 0x524: 0x01D60000, 0x500: 8, 0x544: RAM + 0x200, 0x548: 20}
    records = [write(MS, uarte + offset, value) for offset, value in settings.items()]
    records += [write(2 * MS, uarte + offset, value) for offset, value in ((8, 1), (0xC, 1), (0x500, 0))]
    replay.take(records, 10 * MS)
    states = [s for s in replay.machine.recorder.states if s.component == "uarte0"]
    busy = next(s.time_ps for s in states if "tx" in s.state or s.state not in ("off", "idle"))
    off = states[-1]
    assert busy == 2 * MS or busy == MS
    assert off.state == "off"
    assert 2 * MS + 20 * 10 * 10**12 // 115_200 <= off.time_ps < 4 * MS


def test_memory_waits_for_the_write_that_it_belongs_to(replay):
    """Two packets, sent faster than a radio could: each has its own bytes."""
    settings = {0x510: 3, 0x514: 0x108, 0x518: 0x02030025, 0x51C: 0x89BED600, 0x524: 0x8E, 0x508: 2, 0x200: 3}
    records = [write(MS, RADIO + offset, value) for offset, value in settings.items()]
    records += [write(MS, RADIO + 0x504, RAM + 0x100), write(MS, 0x40000000, 1)]
    for n, time in enumerate((2 * MS, 2 * MS + 50 * US)):
        records += [
            at(time, "B", f"{RAM + 0x100:08x}", f"4203{n:02x}bbcc" + "00" * 253),
            write(time, RADIO, 1),
        ]
    replay.take(records, 10 * MS)
    assert [packet.payload[-3] for packet in replay.machine.air.packets] == [0, 1]


def test_the_stack_is_looked_at(replay):
    stack = replay.machine.processor.stack
    used = bytes([0xC5]) * (stack.size - 40) + bytes(40)
    replay.take([at(MS, "B", f"{stack.limit:08x}", used.hex())], 2 * MS)
    assert replay.machine.processor.stack_high_water == 40


def test_an_end_that_renode_rounded_up_is_an_end(replay):
    """The nRF52840 has 256 KB of RAM: of what a packet there might have been, the part that exists counts."""
    last = RAM + 0x40000 - 2
    late = [at(MS + 1000, "B", f"{last:08x}", "0102ffff"), at(MS + 1000, "X"), write(MS + 1000, GPIO, 1)]
    replay.take(late, MS)
    assert replay.ended
    assert not replay.written
    assert replay.now_ps == MS
    assert replay.machine.processor.bus.read_block(last, 2) == b"\1\2"


def test_memory_that_the_chip_lacks(replay):
    with pytest.raises(InputError, match="memory where the chip has none"):
        replay.take([at(MS, "B", "60000000", "00")], 2 * MS)


def test_trouble_is_kept(replay):
    replay.take([at(MS, "E", "the", "core", "halted:", "Abort"), at(MS, "N", "sysbus.timer2")], 2 * MS)
    assert replay.complaints == ["the core halted: Abort"]
    assert replay.absent == ["sysbus.timer2"]
    assert not replay.ended


def test_a_reset_ends_calls_and_what_blocks_were_doing(replay):
    pin = 1 << 13
    call = ("inference", "00001234", "20000100")
    records = [
        write(MS, GPIO + 0x18, pin),
        write(MS, GPIO + 0x08, pin),
        at(MS, "M", *call),
        at(2 * MS, "S", "0"),
    ]
    replay.take([*records, at(4 * MS, "K"), at(5 * MS, "M", *call), at(6 * MS, "R", *call)], 10 * MS)
    assert [(span.start_ps, span.end_ps) for span in replay.spans] == [(5 * MS, 6 * MS)]
    assert (replay.n_resets, replay.sleep_ps) == (1, 2 * MS)
    led = [(s.time_ps, s.state) for s in replay.machine.recorder.states if s.component == "led_builtin"]
    assert led[-1] == (4 * MS, "off")


def test_instructions_go_on_where_a_reset_began_to_count_anew(replay):
    counted = ((MS, "S", 700), (2 * MS, "A", 800), (3 * MS, "K", 0), (4 * MS, "S", 50))
    replay.take([Record(kind, time, n, ("0",)) for time, kind, n in counted], 10 * MS)
    assert replay.instructions == 850


def test_every_sleep_of_an_image_is_found(image):
    """Truth from capstone, over everything that the image says is code."""
    import capstone

    machine = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    machine.skipdata = True
    expected = set()
    for start, end in image.code:
        segment = next(s for s in image.segments if s.address <= start < s.address + len(s.data))
        code = segment.data[start - segment.address : end - segment.address]
        for found in machine.disasm(code, start):
            if found.mnemonic.split(".")[0] in ("wfe", "wfi"):
                expected.add((found.address, found.address + found.size))
    assert expected
    assert expected <= set(sleeps(image))
