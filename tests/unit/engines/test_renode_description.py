"""Files of platforms/renode: a fault is one InputError with the key and what is allowed."""

from __future__ import annotations

import pytest

from coincell.engines.renode import repl
from coincell.engines.renode.description import read_chip_model, read_common
from coincell.errors import InputError

COMMIT = "0" * 40
GOOD = f"""
name = "x"
title = "X"
based_on = "platforms/cpus/x.repl"
uarts = ["uart0"]
commits = {{ renode = "{COMMIT}" }}

[objects]
uart0 = 0x40000000

[[deviation]]
block = "uart0"
differs = "bytes take no time"
effect = "lines are short"
repository = "renode"
file = "src/a.cs"
lines = "1-2, 7"
"""


def fault(tmp_path, text: str) -> str:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        read_chip_model(path)
    assert str(path) in str(refusal.value)
    return str(refusal.value)


def test_a_right_file_is_read(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text(GOOD)
    model = read_chip_model(path)
    assert model.objects == {"uart0": 0x40000000}
    assert model.deviation[0].lines == "1-2, 7"
    assert not model.since()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('uarts = ["uart0"]', 'uarts = ["uart9"]', ["uarts", "no entry of [objects]", "'uart9'", "uart0"]),
        ("uart0 = 0x40000000", "init = 0x40000000", ["objects.init", "cannot be a name"]),
        ('repository = "renode"', 'repository = "tlib"', ["deviation[0].repository", "no commit", "renode"]),
        ('lines = "1-2, 7"', 'lines = "somewhere"', ["deviation[0].lines"]),
        ('effect = "lines are short"', "", ["deviation[0].effect", "this key is missing"]),
        (COMMIT, "0c7d0762", ["commits.renode"]),
        ('based_on = "platforms/cpus/x.repl"', 'based_on = "/etc/x.repl"', ["based_on"]),
        ('title = "X"', 'titel = "X"', ["titel", "did you mean 'title'?"]),
        ("[objects]", '[ports]\nP0 = "gpio0"\n[objects]', ["ports", "'gpio0'"]),
        ("[objects]", '[lacks]\ntouch = "x"\n[objects]', ["lacks.touch"]),
        ('uarts = ["uart0"]', 'clocked = ["timer9"]', ["clocked", "'timer9'"]),
        ("[objects]", '[[instead]]\nname = "uart0"\n[objects]', ["instead.name", "not under [later]"]),
        (
            "[objects]",
            '[[entry]]\nname = "uart0"\n[later]\n"1.16.0" = ["uart0"]\n[objects]',
            ["older releases"],
        ),
        ("[objects]", '[later]\n"1.16.0" = ["i2c9"]\n[objects]', ["later", "'i2c9'"]),
    ],
)
def test_a_fault_names_its_key(tmp_path, old, new, words):
    assert old in GOOD
    text = fault(tmp_path, GOOD.replace(old, new))
    for word in words:
        assert word in text


def test_a_file_for_all_cores_needs_cores(tmp_path):
    path = tmp_path / "cortex_m.toml"
    path.write_text(f'name = "cortex_m"\ntitle = "T"\ncommits = {{ tlib = "{COMMIT}" }}\n')
    with pytest.raises(InputError, match="cpu"):
        read_common(path)


def test_values_are_quoted_as_the_grammar_has_it():
    values = {"a": 'x"\\', "b": True, "c": 12, "d": repl.Hex(0x1F), "e": repl.Reference("nvic")}
    entry = repl.Entry("thing", "A.B", (repl.Place("sysbus", 0x10, 0x20),), values)
    assert list(entry.lines()) == [
        "thing: A.B @ sysbus <0x10, +0x20>",
        '    a: "x\\"\\\\"',
        "    b: true",
        "    c: 12",
        "    d: 0x1F",
        "    e: nvic",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        repl.Entry("a"),
        repl.Entry("1a", "A.B"),
        repl.Entry("using", "A.B"),
        repl.Entry("a", "A B"),
        repl.Entry("a", values={"b": "tab\there"}),
        repl.Entry("a", values={"true": 1}),
        repl.Entry("ä", "A.B"),
    ],
)
def test_what_has_no_place_in_the_grammar_is_not_written(entry):
    with pytest.raises(ValueError, match=r"."):
        list(entry.lines())


def test_names_are_made_usable():
    assert repl.usable("led_red") == "led_red"
    assert repl.usable("led.red-1") == "led_red_1"
    assert repl.usable("3v3") == "part_3v3"
    assert repl.usable("reset") == "reset_part"
    assert repl.usable("cpu", {"cpu", "cpu_part"}) == "cpu_part_part"
