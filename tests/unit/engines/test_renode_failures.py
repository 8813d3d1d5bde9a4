"""What a user reads when Renode cannot be used, or gives up before anything is watched."""

from pathlib import Path

import pytest
from renode_like import VERSIONS, program

from coincell.engines.native import NativeEngine
from coincell.engines.renode.findings import exit_code
from coincell.engines.renode.installation import VARIABLE
from coincell.errors import CoincellError, InputError, MissingToolError
from coincell.facade import renode_engine, run_compared
from coincell.scenario import read_scenario

SCENARIO = Path(__file__).parents[3] / "scenarios" / "hello_nucleo_g0b1re.toml"
# renode-infrastructure 0c7d0762, Extensions/UserInterface/Monitor.cs:983-987
REFUSED = """\
(monitor) i @/tmp/run/run.resc
There was an error executing command 'machine LoadPlatformDescription @/tmp/run/board.repl': \r
Error E36: Using 'platforms/cpus/stm32g0.repl' does not exist.\r
(monitor) quit
Renode is quitting
"""


def test_the_log_is_told_where_there_are_no_records(tmp_path):
    answer, _ = VERSIONS["1.15.3"]
    body = f"import sys\nprint({answer!r} if '--version' in sys.argv else {REFUSED!r})\n"
    renode = program(tmp_path / "bin", body)
    scenario = read_scenario(SCENARIO)
    with pytest.raises(CoincellError, match="Error E36: Using"):
        run_compared(scenario, renode_engine(scenario, renode), False)


def test_without_renode_nothing_is_run_for_it(tmp_path, monkeypatch):
    """Unless the folder is to be kept, which needs what the native engine finds."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    ran = []
    monkeypatch.setattr(NativeEngine, "run", lambda *given: ran.append(given))
    scenario = read_scenario(SCENARIO)
    with pytest.raises(MissingToolError):
        run_compared(scenario, renode_engine(scenario), False, toolchain="zig")
    assert not ran


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("file", r"nothing can be written there \(File exists\)"),
        ("file/below", r"nothing can be written there \(Not a directory\)"),
        ("a;b", "Renode cannot read scripts from a folder of this name"),
    ],
)
def test_a_folder_that_cannot_be_kept(tmp_path, monkeypatch, name, says):
    """It is said before the native engine runs."""
    (tmp_path / "file").touch()
    ran = []
    monkeypatch.setattr(NativeEngine, "run", lambda *given: ran.append(given))
    scenario = read_scenario(SCENARIO)
    with pytest.raises(InputError, match=says):
        run_compared(scenario, renode_engine(scenario, keep=tmp_path / name), False, toolchain="zig")
    assert not ran


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("[INFO] cpu.semihosting: Program exited with reason ApplicationExit(0x20026)", 0),
        ("[INFO] cpu.semihosting: Program exited with reason RunTimeErrorUnknown(0x20023)", 1),
        ("[INFO] cpu.semihosting: Program exited with reason ApplicationExit(0x20026) and return code 7", 7),
        ("[INFO] cpu: nothing of the kind", None),
    ],
)
def test_the_exit_of_firmware_is_read_in_the_log(tmp_path, said, code):
    """Texts of SemihostingHandler.cs:382 and 398."""
    path = tmp_path / "renode.log"
    path.write_text(f"[00:00:01.000000000] {said}\n")
    assert exit_code(path) == code
    assert exit_code(tmp_path / "none") is None
