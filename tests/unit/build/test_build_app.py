"""Building apps: what links, what is refused, and that the bytes depend on nothing but the input."""

from __future__ import annotations

import hashlib
import shutil
import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from coincell import data
from coincell.build import recipe
from coincell.build import toolchain as toolchains
from coincell.build.app import build_app
from coincell.build.judging import HARNESS
from coincell.build.target import Memory, Target
from coincell.describe.load import load_board
from coincell.errors import InputError, MissingToolError

HELLO = data.find("firmware/apps", "hello", "")
TOOLCHAINS = [
    "zig",
    pytest.param(
        "gcc",
        marks=pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc"),
    ),
]


def target(core: str = "cortex-m0plus", flash: int = 128 << 10, ram: int = 16 << 10) -> Target:
    memories = (Memory("flash", 0x0800_0000, flash, "flash"), Memory("ram", 0x2000_0000, ram, "ram"))
    return Target("bare", core, "none", memories)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty build cache; zig keeps its own, so that its run-time is not compiled anew."""
    monkeypatch.setattr("coincell.build.app._cache_root", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def app_in(folder: Path, toml: str, source: str = "int main(void)\n{\n    return 0;\n}\n") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.toml").write_text(toml)
    (folder / "main.c").write_text(source)
    return str(folder)


PLAIN = 'title = "t"\nsources = ["main.c"]\n'


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
@pytest.mark.parametrize("board", ["nano33ble_sense", "m0"])
def test_hello_links(board, toolchain, tmp_path):
    place = load_board(board) if board != "m0" else target()
    result = build_app("hello", place, toolchain, tmp_path)
    assert result.elf == tmp_path / "hello.elf"
    assert result.hal == ("semihosting" if board == "m0" else "nrf52")
    with result.elf.open("rb") as stream:
        image = ELFFile(stream)
        symbols = {s.name: s for s in image.get_section_by_name(".symtab").iter_symbols()}
        vectors = image.get_section_by_name(".vectors")
        stack, reset = struct.unpack_from("<II", vectors.data())
        loaded = [s for s in image.iter_segments("PT_LOAD") if s["p_filesz"]]
        assert image.get_machine_arch() == "ARM"
        assert image.has_dwarf_info()
    flash = 0 if board != "m0" else 0x0800_0000
    assert vectors["sh_addr"] == flash
    assert stack == symbols["__stack_top"]["st_value"]
    assert stack % 8 == 0
    assert reset == symbols["Reset_Handler"]["st_value"]
    assert reset & 1
    assert symbols["__stack_limit"]["st_value"] == 0x2000_0000  # an overflowing stack leaves RAM and faults
    assert symbols["__bss_start__"]["st_value"] <= symbols["__bss_end__"]["st_value"]
    assert result.sizes.stack_size == stack - 0x2000_0000 == 1024
    assert sum(s["p_filesz"] for s in loaded) <= result.sizes.flash_used + 8 < 4096
    assert not [s.name for s in symbols.values() if s["st_shndx"] == "SHN_UNDEF" and s.name]


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_the_same_bytes_in_any_folder(toolchain, tmp_path, monkeypatch):
    """Division and 64-bit arithmetic pull in the compiler's run-time, which must not leak paths either."""
    source = "int main(void)\n{\n    volatile long long a = 7, b = 3;\n    return (int)(a / b);\n}\n"
    images = []
    for place in (tmp_path / "one", tmp_path / "another" / "deeper"):
        monkeypatch.setattr("coincell.build.app._cache_root", lambda place=place: place / "cache")
        app = app_in(place / "app", PLAIN, source)
        for board in (target(), load_board("nano33ble_sense")):
            images.append(build_app(app, board, toolchain).elf.read_bytes())
            assert str(place).encode() not in images[-1]
    assert images[0] == images[2]
    assert images[1] == images[3]
    assert images[0] != images[1]


def test_cache(cache, tmp_path):
    app = app_in(tmp_path / "app", PLAIN)
    first = build_app(app, target())
    second = build_app(app, target())
    assert (first.cached, second.cached) == (False, True)
    content = first.elf.read_bytes()
    first.elf.write_bytes(content[: len(content) // 2])
    rebuilt = build_app(app, target())  # a damaged entry is never used
    assert not rebuilt.cached
    assert rebuilt.elf.read_bytes() == content
    (tmp_path / "app" / "main.c").write_text("int main(void)\n{\n    return 1;\n}\n")
    assert not build_app(app, target()).cached
    leftovers = [p.name for p in cache.iterdir() if p.name.startswith("building-")]
    assert leftovers == []


def test_folders_that_cannot_be_written(cache, tmp_path, monkeypatch):
    app = app_in(tmp_path / "app", PLAIN)
    nowhere = tmp_path / "app" / "main.c" / "here"
    with pytest.raises(InputError, match=r"main\.c/here: cannot be written"):
        build_app(app, target(), out_dir=nowhere)
    monkeypatch.setattr("coincell.build.app._cache_root", lambda: nowhere)
    with pytest.raises(InputError, match="XDG_CACHE_HOME"):
        build_app(app, target())


def test_too_big_for_the_chip(cache, tmp_path):
    source = "static volatile char big[20000];\nint main(void)\n{\n    return big[5];\n}\n"
    app = app_in(tmp_path / "app", PLAIN + "stack_bytes = 1024\n", source)
    fits = build_app(app, target(ram=32 << 10))
    with pytest.raises(InputError) as caught:
        build_app(app, target(ram=16 << 10, flash=128))
    over_ram = fits.sizes.ram_used - (16 << 10)
    over_flash = fits.sizes.flash_used - 128
    assert f"of 0.1 KiB ({over_flash:,} bytes too many)" in str(caught.value)
    assert f"of 16.0 KiB ({over_ram:,} bytes too many)" in str(caught.value)
    assert fits.sizes.ram_used >= 21024


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (PLAIN + "colour = 3\n", ("colour", "stack_bytes")),
        ('title = "t"\nsources = []\n', ("sources",)),
        (PLAIN + "stack_bytes = 12\n", ("stack_bytes", "12")),
        ('title = "t"\nsources = ["other.c"]\n', ("other.c", "no such source")),
        ('title = "t"\nsources = ["../other/list.c"]\n', ("../other/list.c", "no such source")),
        ('title = "t"\nsources = ["../../etc/list.c"]\n', ("sources", "../../etc/list.c", "../FOLDER/FILE")),
        ('title = "t"\nsources = ["../nn/conv2d.c"]\n', ("sources", "../FOLDER/FILE")),
        (PLAIN + 'hal = ["microphone"]\n', ("microphone", "semihosting", "console")),
        ("title = \n", ("not valid TOML",)),
        (PLAIN + 'model = {file = "no.tflite"}\n', ("no.tflite", "cannot read")),
    ],
)
def test_bad_recipes(toml, words, tmp_path):
    with pytest.raises(InputError) as caught:
        build_app(app_in(tmp_path / "app", toml), target())
    message = str(caught.value)
    assert all(word in message for word in words), message


def test_a_source_of_a_neighbour_finds_its_own_headers(cache, tmp_path):
    app_in(tmp_path / "other", PLAIN)
    (tmp_path / "other" / "answer.h").write_text("int answer(void);\n#define ANSWER 42\n")
    (tmp_path / "other" / "answer.c").write_text(
        '#include "answer.h"\nint answer(void)\n{\n    return ANSWER;\n}\n'
    )
    toml = 'title = "t"\nsources = ["main.c", "../other/answer.c"]\n'
    main = '#include "../other/answer.h"\nint main(void)\n{\n    return answer();\n}\n'
    first = build_app(app_in(tmp_path / "app", toml, main), target())
    (tmp_path / "other" / "answer.h").write_text("int answer(void);\n#define ANSWER 43\n")
    second = build_app(str(tmp_path / "app"), target())
    assert second.elf != first.elf  # what the neighbour has is part of what is built


def test_compiler_errors_name_the_line(cache, tmp_path):
    app = app_in(tmp_path / "app", PLAIN, "int main(void)\n{\n    return undefined_name;\n}\n")
    with pytest.raises(InputError, match=r"app/main.c:3:\d+: error"):
        build_app(app, target())


def test_unknown_names():
    with pytest.raises(InputError, match=r"(?s)no such toolchain.*zig, gcc"):
        build_app("hello", target(), "tcc")
    with pytest.raises(InputError, match=r"(?s)nothing_like_it.*hello"):
        build_app("nothing_like_it", target())
    with pytest.raises(InputError, match=r"(?s)core.*cortex-a53.*cortex-m4f"):
        build_app("hello", target("cortex-a53"))
    board = load_board("nano33ble_sense")
    other = Target("other_board", "cortex-m4f", "nrf52", Target.of(board).memories)
    with pytest.raises(InputError, match=r"(?s)no pin header.*other_board.*nano33ble_sense"):
        build_app("hello", other)


@pytest.mark.parametrize(
    ("name", "file"),
    [(".", "./app.toml"), ("./", "./app.toml"), ("mine", "mine/app.toml"), ("no/where", "no/where/app.toml")],
)
def test_a_folder_without_a_recipe_says_what_an_app_needs(name, file, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"(?s)^{file}: .*missing.*title.*sources.*hello") as caught:
        recipe.find_app(name)
    assert str(data.find("firmware/apps", "hello", "").parent) not in str(caught.value)


def test_a_folder_here_does_not_hide_a_shipped_app(tmp_path, monkeypatch):
    (tmp_path / "hello").mkdir()
    monkeypatch.chdir(tmp_path)
    assert recipe.find_app("hello").folder == HELLO


def test_missing_compilers(monkeypatch, tmp_path):
    monkeypatch.setattr(toolchains.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingToolError, match=r"-e '\.\[firmware\]'"):
        toolchains.toolchain("zig").version()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="gcc-arm-none-eabi"):
        toolchains.toolchain("gcc").version()


def test_every_hal_is_complete():
    """Each source that hal.toml names exists, and each file is named: nothing is dead."""
    for name in data.names("firmware/hal", ""):
        folder = data.find("firmware/hal", name, "")
        hal = recipe._read(folder / "hal.toml", recipe.HalRecipe)
        named = {source for sources in hal.offers.values() for source in sources}
        named |= set(HARNESS) if name == "host" else set()
        assert named == {path.name for path in folder.glob("*.c")}
        assert recipe.CORE_GROUP in hal.offers


def test_the_copy_of_hello_builds_like_the_shipped_one(cache, tmp_path):
    shutil.copytree(HELLO, tmp_path / "hello")
    digests = {
        hashlib.sha256(build_app(app, target()).elf.read_bytes()).hexdigest()
        for app in ("hello", str(tmp_path / "hello"))
    }
    assert len(digests) == 1


@pytest.mark.parametrize("toolchain", TOOLCHAINS)
def test_what_does_not_compile_is_named_by_its_own_file(toolchain, cache, tmp_path, monkeypatch):
    """An error in a source, in a header of a folder below, in an app beside it, and one of the linker."""
    monkeypatch.chdir(tmp_path)
    mine = app_in(
        Path("mine"), PLAIN, '#include "inc/a.h"\nint main(void)\n{\n    return app/main.c: + 1;\n}\n'
    )
    Path("mine/inc").mkdir()
    Path("mine/inc/a.h").write_text("int f(void) { return gone; }\n")
    for name in (mine, str(tmp_path / "mine")):
        with pytest.raises(InputError) as refused:
            build_app(name, target(), toolchain)
        text = str(refused.value)
        assert text.startswith("mine: the firmware does not compile:\n")
        for line in ("mine/main.c:4:", "mine/inc/a.h:1:", "In file included from mine/main.c:1"):
            assert f"\n{line}" in text
        assert "return app/main.c: + 1" in text  # what the user wrote is not touched
        assert "building-" not in text
    Path("mine/main.c").write_text("int missing(void);\nint main(void)\n{\n    return missing();\n}\n")
    Path("mine/app.toml").write_text(PLAIN)
    with pytest.raises(InputError, match=r"[\s(]mine/main\.c:4"):
        build_app("./mine", target(), toolchain)
    Path("mine/app.toml").write_text('title = "t"\nsources = ["main.c", "../other/o.c"]\n')
    app_in(Path("other"), PLAIN)
    Path("other/o.c").write_text("int missing(void)\n{\n    return gone;\n}\n")
    monkeypatch.chdir(tmp_path / "mine")
    with pytest.raises(InputError, match=f"\n{tmp_path}/other/o.c:3:"):
        build_app(".", target(), toolchain)
    monkeypatch.chdir(tmp_path / "other")
    Path("o.c").write_text("")
    with pytest.raises(InputError) as refused:
        build_app("../mine", target(), toolchain)
    assert f"{tmp_path}/mine/main.c:4" in str(refused.value)
