"""Which Renode is used, and what is said of one that is not there or does not run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from renode_like import VERSIONS, all_gone, program, saying

from coincell.engines.renode import installation
from coincell.engines.renode.installation import find
from coincell.errors import InputError, MissingToolError

NEW, OLD = VERSIONS["1.16.1+"][0], VERSIONS["1.15.3"][0]


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch) -> Path:
    """A machine without Renode: an empty PATH and an empty home."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("COINCELL_RENODE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def record(machine: Path, content: object) -> None:
    file = machine / "home/.config/renode/renode-run.json"
    file.parent.mkdir(parents=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


@pytest.mark.parametrize(("text", "expected"), VERSIONS.values(), ids=VERSIONS)
def test_every_generation_says_what_it_is(machine, text, expected):
    path = saying(machine / "bin", text)
    found = find()
    assert (found.version, found.build) == expected
    assert (found.command, found.origin) == ((str(path),), "PATH")


def test_what_a_wrapper_prints_before_does_not_matter(machine):
    saying(machine / "bin", "The --net flag is a no-op\n" + NEW)
    assert find().version == "1.16.1"


def test_the_order(machine, monkeypatch):
    saying(machine / "recorded", NEW)
    record(machine, {"version": "2.0", "default": {"dotnet-portable": str(machine / "recorded")}})
    assert find().origin == "renode-run"
    saying(machine / "bin", NEW)
    assert find().origin == "PATH"
    monkeypatch.setenv("COINCELL_RENODE", str(saying(machine / "other", OLD).parent))
    assert (find().origin, find().version) == ("COINCELL_RENODE", "1.15.3")
    given = saying(machine / "given", VERSIONS["1.14.0"][0], "renode-1.14")
    assert (find(given).origin, find(given).command) == ("--renode", (str(given),))


def test_a_relative_path_is_made_absolute(machine, monkeypatch):
    saying(machine / "folder", NEW)
    assert find(Path("folder")).command == (str(machine / "folder/renode"),)
    monkeypatch.setenv("PATH", "folder")
    assert find().command == (str(machine / "folder/renode"),)


def test_an_application_folder_and_a_name_on_the_path_will_do(machine, monkeypatch):
    inside = saying(machine / "Renode.app/Contents/MacOS", NEW)
    assert find(machine / "Renode.app").command == find(machine).command == (str(inside),)
    saying(machine / "bin", OLD, "renode-nightly")
    monkeypatch.setenv("COINCELL_RENODE", "renode-nightly")
    assert find().version == "1.15.3"


@pytest.mark.parametrize(
    "content",
    [
        {"version": "2.0", "default": {"dotnet-portable": "GONE", "mono-portable": "HERE"}},
        {
            "version": "2.0",
            "installations": {"GONE": {}, "HERE": {"variant": "mono-portable"}},
            "default": {},
        },
        {"version": "2.0", "default": [], "installations": {"HERE": None}},
        {"dotnet-portable": "HERE"},  # as renode-run wrote it before 2026-05
        {"version": "1.0", "latest_date": "2026-05-20", "dotnet-portable": "HERE"},
    ],
)
def test_the_record_of_renode_run(machine, content):
    text = json.dumps(content).replace("HERE", str(machine / "here")).replace("GONE", str(machine / "gone"))
    record(machine, text)
    saying(machine / "here", NEW)
    assert find().command == (str(machine / "here/renode"),)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"default": 1, "installations": "x"}',
        '{"default": {"dotnet-portable": 7}}',
        "[" * 99_999,
    ],
)
def test_a_record_that_makes_no_sense_names_nothing(machine, content):
    record(machine, content)
    with pytest.raises(MissingToolError, match="not installed"):
        find()


def test_none_says_how_to_get_one_and_where_it_was_looked_for(machine):
    with pytest.raises(MissingToolError) as caught:
        find()
    text = str(caught.value)
    assert "https://github.com/renode/renode/releases" in text
    assert "git+https://github.com/antmicro/renode-run" in text
    assert "then: renode-run download" in text
    assert f"the PATH, {machine}/home/.config/renode/renode-run.json" in text


def test_renode_run_is_never_started_for_it_would_download(machine):
    program(machine / "bin", "open('started', 'w')\n", "renode-run")
    with pytest.raises(MissingToolError, match=r"downloaded nothing: run `\S+/renode-run download`"):
        find()
    assert not (machine / "started").exists()


def test_a_wrong_path_is_the_users_mistake(machine, monkeypatch):
    with pytest.raises(
        InputError, match=r"--renode: there is nothing at this path\n  found: '.*gone'\n  allowed: the file"
    ):
        find(machine / "gone")
    monkeypatch.setenv("COINCELL_RENODE", str(machine / "bin"))
    with pytest.raises(InputError, match="COINCELL_RENODE: there is no Renode in this folder"):
        find()
    saying(machine / "bin", NEW).chmod(0o644)
    with pytest.raises(InputError, match=r"not executable(?s:.*)chmod \+x \S+/bin/renode"):
        find()
    (machine / "notes.txt").write_text("get Renode", "utf-8")
    with pytest.raises(InputError, match=r"--renode: this file is no program") as caught:
        find(machine / "notes.txt")
    assert "chmod" not in str(caught.value)


def test_another_program_is_not_renode(machine):
    with pytest.raises(InputError) as caught:
        find(Path("/bin/true"))
    text = str(caught.value)
    assert text.startswith("--renode: this program is not Renode; asked for --version, it says:\n    true")
    assert text.endswith("to mend: correct --renode, or repair what it names")


@pytest.mark.parametrize(("prefix", "user"), [("/usr", "--user "), ("/venv", "")])
def test_pip_is_not_told_user_in_a_virtual_environment(machine, monkeypatch, prefix, user):
    monkeypatch.setattr("sys.base_prefix", "/usr")
    monkeypatch.setattr("sys.prefix", prefix)
    command = f"pip3 install --upgrade {user}git+https://github.com/antmicro/renode-run"
    with pytest.raises(MissingToolError, match=re.escape(command)):
        find()
    assert command in (Path(__file__).parents[3] / "docs/renode.md").read_text("utf-8")


BROKEN = {
    "says something else": ("print('GNU bash, version 5.2')", "it says:\n    GNU bash, version 5.2"),
    "says nothing": ("", r"it says:\n    \(nothing\)"),
    "lacks dotnet": (
        "print('dotnet not found. Exiting!')\nraise SystemExit(1)",
        "ended with 1:\n    dotnet not found",
    ),
    "crashes": ("import os\nos.abort()", "ended with -6"),
    "crashes late": (f"print({NEW!r})\nraise SystemExit(134)", "ended with 134"),
    "never stops talking": ("while True: print('x' * 9999, flush=True)", "no answer within 1 s"),
}


@pytest.mark.parametrize(("body", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_told_of_in_one_message(machine, monkeypatch, body, told):
    monkeypatch.setattr(installation, "ANSWER_LIMIT_S", 1.0 if "while" in body else 30.0)
    path = program(machine / "bin", body)
    with pytest.raises(
        MissingToolError, match=rf"{path} \(found by: PATH\) (does not run as|is not) Renode.*(?s:.*){told}"
    ) as caught:
        find()
    assert len(str(caught.value)) < 2_000
    with pytest.raises(InputError, match=told):
        find(path)


def test_one_that_hangs_is_ended_with_what_it_started(machine, monkeypatch):
    monkeypatch.setattr(installation, "ANSWER_LIMIT_S", 2.0)
    body = "import os, time\nos.fork()\nopen('pids', 'a').write(f'{os.getpid()}\\n')\ntime.sleep(99)"
    program(machine / "bin", body)
    with pytest.raises(MissingToolError, match="no answer within 2 s"):
        find()
    assert all_gone(machine / "pids")


def test_a_file_that_is_no_program(machine):
    (machine / "bin/renode").write_bytes(b"\x7fELF but not really")
    (machine / "bin/renode").chmod(0o755)
    with pytest.raises(MissingToolError, match=r"cannot be started \(Exec format error\)"):
        find()
