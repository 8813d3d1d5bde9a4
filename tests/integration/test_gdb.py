"""A real debugger on the emulated core: what it shows is what the C source must give."""

from __future__ import annotations

import re
import signal
import subprocess
import time

import pytest
from gdb_session import (
    CHIP,
    LINES,
    SOURCE,
    compiled,
    firmware,
    gdb,
    gdb_command,
    places,
    plan,
    served,
    values,
)

from coincell.engines.execute import exec_image
from coincell.engines.gdb import Debuggee, Farewell

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


def line(text: str) -> int:
    """The only line of the source that holds `text`."""
    (found,) = [n for n, words in enumerate(SOURCE, 1) if text in words]
    return found


def test_breakpoints_at_functions_and_lines_and_on_conditions() -> None:
    text = gdb(
        Debuggee(plan()),
        f"""\
        break main
        continue
        where
        break square if n == 4
        continue
        where
        print n
        finish
        print total
        break debug.c:{LINES["bottom"]}
        continue
        where
        backtrace
        delete
        tbreak debug.c:{LINES["halved"]}
        continue
        where
        print y
        print $s0
        """,
    )
    assert places(text) == [
        ("main", line("ticks = total = product")),
        ("square", line("result = n * n")),
        ("factorial", LINES["bottom"]),
        ("halve", LINES["halved"]),
    ]
    assert "Value returned is $2 = 16" in text
    assert values(text) == ["4", str(0 + 1 + 4 + 9), "3.5", "3.5"]
    depths = re.findall(r"#\d+ .*factorial \(n=(\d)\)", text)
    assert depths == ["1", "2", "3", "4", "5"]


def test_steps() -> None:
    text = gdb(
        Debuggee(plan()),
        f"""\
        tbreak debug.c:{LINES["sum"]}
        continue
        step
        where
        next
        where
        finish
        next
        where
        next
        where
        stepi
        until
        where
        next
        where
        print total
        """,
    )
    assert places(text) == [
        ("square", line("result = n * n")),
        ("square", LINES["result"]),
        ("main", line("for (uint32_t i")),
        ("main", LINES["sum"]),
        ("main", line("for (uint32_t i")),
        ("main", LINES["sum"]),
    ]
    assert values(text) == ["1"]


def test_watchpoints_stop_after_the_access_and_tell_the_value() -> None:
    text = gdb(
        Debuggee(plan()),
        """\
        tbreak square
        continue
        watch total
        continue
        continue
        continue
        where
        delete
        rwatch table[2]
        continue
        where
        delete
        awatch seen
        continue
        where
        delete
        watch ticks if ticks == 2
        continue
        where
        """,
    )
    changes = re.findall(r"Old value = (\d+)\nNew value = (\d+)", text)
    assert changes == [("0", "1"), ("1", "5"), ("5", "14"), ("0", "33"), ("1", "2")]
    assert "Value = 33" in text
    assert places(text) == [  # the access is not the last instruction of its line, but in count_tick
        ("main", LINES["sum"]),
        ("main", line("seen = table[2]")),
        ("main", line("seen = table[2]")),
        ("count_tick", LINES["tick"] + 1),
    ]


def test_registers_and_memory_are_read_and_written() -> None:
    text = gdb(
        Debuggee(plan()),
        """\
        tbreak square
        continue
        set $s3 = 1.25
        print $s3
        print/x (unsigned long long)$d1 == 0
        set $d2 = -2.0
        print $d2
        print $s5
        set $fpscr = 0x03000000
        print/x $fpscr
        set $basepri = 0x40
        print/x $basepri
        set $basepri = 0
        set $primask = 1
        print $primask
        set $psp = 0x20000102
        print/x $psp
        print $sp == $msp
        set $r7 = 0x12345678
        print/x $r7
        set $control = 2
        print $sp == $psp
        set $control = 0
        print $sp == $msp
        print $xpsr >> 24 & 1
        print/x *(unsigned *)0xe000ed00
        set var table[1] = 77
        set {unsigned char}((char *)&table + 1) = 1
        print table
        print *(int *)0x90000000
        """,
    )
    assert values(text) == [
        *("1.25", "0x1", "-2", "-2"),  # s5 is the upper half of d2: 0xc0000000
        *("0x3000000", "0x40", "1", "0x20000100", "1", "0x12345678", "1", "1", "1"),
        "0x410fc241",  # CPUID of a Cortex-M4 r0p1 (DDI 0439)
        f"{{{11 + 256}, 77, 33, 44}}",
    ]
    assert "Cannot access memory at address 0x90000000" in text


@pytest.mark.parametrize("compiler", ["zig", "gcc"])
def test_a_backtrace_goes_through_an_interrupt(compiler: str) -> None:
    """With a floating-point frame: main has used the FPU by then."""
    text = gdb(
        Debuggee(plan("auto", compiler)),
        """\
        tbreak *((int)&SysTick_Handler & ~1)
        continue
        print/x $lr
        break count_tick
        continue
        backtrace
        print $xpsr & 0x1ff
        frame 3
        print product
        """,
        elf=compiled(compiler),
    )
    frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(<signal handler called>|\w+)", text, re.MULTILINE)
    assert frames[:4] == ["count_tick", "SysTick_Handler", "<signal handler called>", "main"]
    assert re.search(rf"main \(\) at .*debug\.c:({LINES['waiting']}|{LINES['waiting'] + 1})", text)
    assert values(text) == ["0xffffffe9", "15", "120"]  # to thread mode and the main stack, floating point


def test_ctrl_c_stops_a_loop_without_end() -> None:
    debuggee = Debuggee(plan())
    script = "tbreak main\ncontinue\nset var trouble = 1\ncontinue\nwhere\nprint trouble\nkill"
    with served(debuggee) as session:
        command = gdb_command(compiled(), session.port, script)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for _ in range(400):
                if debuggee.processor.time > 10**9:  # in the loop since about 0.1 ms
                    break
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            text, _ = process.communicate(timeout=30)
    assert "Program received signal SIGINT" in text
    ((function, at),) = places(text)
    assert function == "main"
    assert at in (line("while (trouble == 1)"), line("while (trouble == 1)") + 1)
    assert values(text) == ["1"]


def test_it_restarts_and_repeats_itself() -> None:
    text = gdb(
        Debuggee(plan()),
        """\
        break count_tick
        run
        continue
        continue
        print ticks
        monitor time
        run
        print ticks
        continue
        continue
        monitor time
        monitor reset
        maintenance flush register-cache
        print $pc == (int)&reset - 1 || $pc == (int)&reset
        monitor time
        """,
        target="extended-remote",
    )
    assert values(text) == ["2", "0", "1"]
    first, second, third = re.findall(r"[\d.]+ s, .* cycles awake, .* instructions", text)
    assert first == second
    assert third.startswith("0.000000000 s, 0 cycles")


def test_firmware_is_loaded_into_flash() -> None:
    """Another compiler's image of the same source, over the one that was there."""
    debuggee = Debuggee(plan())
    text = gdb(
        debuggee,
        """\
        load
        monitor reset
        maintenance flush register-cache
        break square if n == 9
        continue
        backtrace
        delete
        continue
        """,
        elf=compiled("gcc"),
    )
    assert "Loading section .text" in text
    assert re.search(r"#0  square \(n=9\) .*\n#1 .* main \(\)", text)
    assert "exited with code 052" in text  # 42
    assert debuggee.stop.exit_code == 42


def test_a_fault_stops_at_its_instruction_then_in_the_handler() -> None:
    debuggee = Debuggee(plan())
    text = gdb(
        debuggee,
        """\
        tbreak main
        continue
        set var trouble = 2
        continue
        where
        print/x address
        continue
        backtrace
        continue
        monitor help
        """,
    )
    assert text.count("Program received signal SIGSEGV") == 3
    assert "fault: read of unmapped address 0x30000000 (PRECISERR)" in text
    assert places(text) == [("read_at", LINES["crash"])]
    assert values(text) == ["0x30000000"]
    assert "the core locked up in HardFault" in text
    assert "<signal handler called>" in text
    assert "last branches: not known, because the run did not repeat itself" in text  # trouble was made here
    assert "[the firmware cannot go on: `monitor reset` starts it again]" in text
    assert "monitor time" in text
    assert debuggee.crash is not None


@pytest.mark.parametrize("tier", ["auto", "interpret", "random:5"])
def test_debugging_changes_nothing(tier: str) -> None:
    """Stops, steps over interrupts and watches on the way to the end: the same cycles, the same words."""
    alone = exec_image(firmware(), CHIP, tier=tier)
    debuggee = Debuggee(plan(tier))
    text = gdb(
        debuggee,
        f"""\
        break square
        continue
        continue
        stepi 20
        delete
        tbreak debug.c:{LINES["waiting"]}
        continue
        stepi 2000
        watch ticks
        continue
        print ticks
        delete
        continue
        """,
    )
    assert "exited with code 052" in text
    assert alone.exit_code == debuggee.stop.exit_code == 42
    assert debuggee.processor.counters(alone.duration_ps) == alone.core
    assert debuggee.processor.console.lines == alone.console
    assert [words for words in text.splitlines() if words in ("ready", "done")] == ["ready", "done"]


def test_a_debugger_that_leaves_ends_the_session() -> None:
    debuggee = Debuggee(plan())
    with served(debuggee) as session:
        subprocess.run(
            gdb_command(compiled(), session.port, "detach"), capture_output=True, timeout=30, check=True
        )
    assert session.farewell is Farewell.left
    assert debuggee.processor.time == 0
