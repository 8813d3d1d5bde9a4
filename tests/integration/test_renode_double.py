"""The program that stands in for Renode refuses what Renode refuses; else tests with it show nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
import renode_double
from renode_double import python2
from renode_double.generation import GENERATIONS
from renode_double.platform import Platform, PlatformError
from renode_double.tokens import tokenize
from renode_double.values import Array, Byte, Delegate, Event, Func, Int64, UInt32, UInt64, exactly

USING = 'using "platforms/cpus/nrf52840.repl"\n\n'


@pytest.fixture(scope="session")
def renode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return renode_double.install(tmp_path_factory.mktemp("program"))


def run(renode: Path, *words: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(renode), *words],
        env={**os.environ, **environment},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def session(renode: Path, folder: Path, text: str, *more: str) -> str:
    """What a script prints. Any file of `more` is "NAME\\nTEXT"."""
    for file in more:
        name, _, body = file.partition("\n")
        (folder / name).write_text(body)
    (folder / "a.resc").write_text(text)
    done = run(renode, "--console", "--plain", "--disable-xwt", str(folder / "a.resc"), "-e", "quit")
    assert done.returncode == 0
    return done.stdout.replace("\r", "")


# ---- command line ----------------------------------------------------------------------------------


def test_a_wrong_option_gets_help_and_exit_code_0(renode: Path) -> None:
    done = run(renode, "--no-gui")
    assert done.returncode == 0
    assert "Unexpected options detected: --no-gui" in done.stdout


def test_options_of_a_later_release_are_unknown(renode: Path) -> None:
    for generation, known in (("1.15.3", False), ("head", True)):
        words = ("--ui", "--version")
        told = run(renode, *words, RENODE_DOUBLE_GENERATION=generation).stdout
        assert ("Unexpected options" not in told) == known


def test_the_console_stays_open_after_a_script_that_failed(renode: Path, tmp_path: Path) -> None:
    script = tmp_path / "a.resc"
    script.write_text('nonsense\nlog "not reached"\n')
    done = run(renode, "--console", "--plain", str(script), typed='log "typed"\nquit\n')
    assert done.returncode == 0
    assert "No such command or device: nonsense" in done.stdout
    assert "Script: typed" in done.stdout
    assert "not reached" not in done.stdout


# ---- the monitor -----------------------------------------------------------------------------------


def test_words_of_the_monitor() -> None:
    tokens, left = tokenize(r'x @/a\ b/c 0x10 -3 2.5 true "a\"b" <0x10, 0x1F> <0x10 0x10> 1:02.5 # rest')
    assert not left
    kinds = [token.kind for token in tokens]
    assert kinds == [
        *("literal", "path", "hex", "integer", "float", "bool", "string", "range", "relative range", "time"),
        "comment",
    ]
    assert [token.value for token in tokens[1:9]] == [
        *("/a b/c", 16, -3, 2.5, True, 'a"b', (0x10, 0x20), (0x10, 0x20)),
    ]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("sysbus LoadELF $ORIGIN/missing.elf", "Parameters did not match the signature"),
        ("sysbus LoadBinary $ORIGIN/a.bin", "Parameters did not match the signature"),
        ("sysbus LoadBinary /a.bin 0x0", "Could not tokenize here:"),
        ("cpu Speed 5", "cpu does not provide a field, method or property Speed."),
        ("cpu PerformanceInMips 6.5", "Parameters did not match the signature"),
        ("gpio9 OnGPIO 1 true", "No such command or device: gpio9"),
        ("emulation RunFor soon", "Parameters did not match the signature"),
        ("include $ORIGIN/missing.py", "File does not exist: "),
        ("$a=1; cpu PerformanceInMips $b", "No such variable: $b"),
        ('macro twice\n"""\ncpu Speed 5\n"""\nrunMacro $twice', "Parsing line 'cpu Speed 5' failed."),
    ],
)
def test_what_a_script_may_not_say(renode: Path, tmp_path: Path, script: str, says: str) -> None:
    start = 'mach create "nano33ble_sense"\nmachine LoadPlatformDescription $ORIGIN/b.repl\nusing sysbus\n'
    told = session(renode, tmp_path, f'{start}{script}\nlog "not reached"\n', f"b.repl\n{USING}", "a.bin\nx")
    assert says in told
    assert "not reached" not in told


def test_origin_is_that_of_the_script_that_runs(renode: Path, tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "inner.resc").write_text("include $ORIGIN/inner.py\n")
    (tmp_path / "a b" / "inner.py").write_text("import System\nSystem.Console.WriteLine('inner')\n")
    outer = "include @" + str(tmp_path / "a b" / "inner.resc").replace(" ", "\\ ")
    text = f"{outer}\ninclude $ORIGIN/outer.py\n"
    told = session(renode, tmp_path, text, "outer.py\nimport System\nSystem.Console.WriteLine('outer')\n")
    assert "\ninner\n" in told
    assert "\nouter\n" in told


# ---- platform files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (USING + "led: Miscellaneous.Lamp @ gpio0 3", "E04: Could not resolve type: 'Miscellaneous.Lamp'."),
        (USING + "cpu:\n    Mips: 5", "E10: Property 'Mips' does not exist in type 'Antmicro.Renode"),
        (USING + "uart0:\n    dma: true", "E25: Could not find suitable constructor"),
        (USING + 'flash:\n    size: "1M"', "E24: Type mismatch"),
        (USING + "cpu:\n    cpuType: cortex", "E24: Type mismatch"),
        (USING + 'cpu:\n    cpuType: "cortex-m99"', "E38: Exception was thrown during construction of 'cpu'"),
        (USING + "sram: Memory.MappedMemory @ sysbus 0x30000000", "E25: Could not find suitable constructor"),
        (USING + "led: Miscellaneous.LED @ gpio7 3", "E20: Undefined register 'gpio7'."),
        (USING + "led: Miscellaneous.LED @ twi0 3", "E05: Register 'twi0' of type"),
        (USING + "gpio0:\n    3 -> led@0", "E11: Irq destination 'led' does not exist."),
        (USING + "gpio0:\n    40 -> nvic@0", "E13: Source 40 does not exist"),
        (
            USING + "uart0: UART.NRF52840_UART @ sysbus 0x50000000",
            "E02: Variable 'uart0' was already declared.",
        ),
        (USING + "uart9:\n    easyDMA: true", "E01: Variable 'uart9' is never declared"),
        (
            USING + "uart2: UART.NRF52840_UART @ sysbus 0x40002800",
            "E39: Exception was thrown during registration",
        ),
        (USING + "cpu:\n  PerformanceInMips: 5", "E32: Indent's length has to be multiple of 4"),
        (USING + "cpu:\n    PerformanceInMips 5", "E00: Syntax error, unexpected '5'"),
        (USING + "cpu:", "E03: Entry cannot be empty."),
        (USING + 'cpu:\n    PerformanceInMips: 5\nusing "x"', "E00: Syntax error, unexpected 'using'"),
        ('using "platforms/cpus/nrf9999.repl"', "E36: Using 'platforms/cpus/nrf9999.repl' does not exist."),
    ],
)
def test_what_a_platform_may_not_say(text: str, says: str) -> None:
    with pytest.raises(PlatformError, match=r"^Error E") as told:
        Platform(GENERATIONS["head"]).load(text, "board.repl", None)
    assert says in str(told.value)


def test_an_error_shows_its_place() -> None:
    with pytest.raises(PlatformError) as told:
        Platform(GENERATIONS["head"]).load(USING + "led: UART.Foo @ gpio0 3", "board.repl", None)
    assert str(told.value).splitlines() == [
        "Error E04: Could not resolve type: 'UART.Foo'.",
        "At board.repl:3:6:",
        "led: UART.Foo @ gpio0 3",
        "     ^^^^^^^^",
    ]


def test_entries_of_a_used_file_are_changed() -> None:
    platform = Platform(GENERATIONS["head"])
    more = 'flash:\n    size: 0x80000\n\nsysbus:\n    init:\n        Tag <0x10, 0x1F> "a; b"\n'
    lines = platform.load(USING + more, "", None)
    assert [p.size for p in platform.placed if p.name == "flash"] == [0x80000]
    assert lines == [("sysbus", 'Tag <0x10, 0x1F> "a; b"')]  # the file's own line, from the network, is gone
    assert "sysbus.twi0" in platform.paths()


# ---- Python ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('print(f"{1}")', "f-string"),
        ("def f(a, *, b): pass", "keyword-only"),
        ("def f(a: int): pass", "annotation"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x", "nonlocal"),
        ("a, *b = [1, 2]", "starred"),
        ("class A: pass", "old-style"),
        ("raise ValueError from None", "line 1: "),
        ("x = 1_000", "underscore"),
        ("x = 7 / 2", "divides"),
        ("x = list(map(str, []))", "map"),
        ("x = 'µ'", "ASCII"),
        ("if (n := 3): pass", "assignment expression"),
    ],
)
def test_python_3_is_no_python_2(text: str, says: str) -> None:
    assert any(says in complaint for complaint in python2.complaints(text)), python2.complaints(text)


def test_the_probe_is_python_2() -> None:
    text = files("coincell.engines.renode").joinpath("probe.ipy").read_text(encoding="utf-8")
    assert python2.complaints(text) == []


def test_numbers_and_functions_are_those_of_net() -> None:
    with pytest.raises(OverflowError):
        UInt32(-1)
    with pytest.raises(OverflowError):
        Array[Byte]([256])
    with pytest.raises(TypeError):
        exactly(UInt64, 5, "address")
    with pytest.raises(TypeError, match="does not take 2 arguments"):
        Func[UInt32, Int64, UInt32](lambda value: value)
    with pytest.raises(TypeError):
        Delegate("self.x()", (bool,))
    event = Event(bool)
    with pytest.raises(TypeError):
        event += lambda: None


def test_an_exception_that_leaves_a_callback_ends_the_program(
    renode: Path, tmp_path: Path, small_elf: bytes
) -> None:
    (tmp_path / "a.elf").write_bytes(small_elf)
    (tmp_path / "b.repl").write_text(USING)
    (tmp_path / "a.py").write_text(
        "import System\n\n\ndef hit(cpu, address):\n    raise ValueError('from the hook')\n\n\n"
        "monitor.Machine['sysbus.cpu'].AddHook(System.UInt64(8), hit)\n"
    )
    script = tmp_path / "a.resc"
    script.write_text(
        'mach create "nano33ble_sense"\nmachine LoadPlatformDescription $ORIGIN/b.repl\n'
        'sysbus LoadELF $ORIGIN/a.elf\ninclude $ORIGIN/a.py\nemulation RunFor "0.001"\n'
    )
    done = run(renode, "--console", "--plain", str(script))
    assert done.returncode == -signal.SIGABRT
    assert "Fatal error:" in done.stderr
    assert "from the hook" in done.stderr
