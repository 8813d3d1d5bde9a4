"""Apps as programs of the machine that compiles them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from coincell.build.host import build_host
from coincell.errors import InputError

pytest.importorskip("ziglang", reason="the firmware extra is not installed")


def app_in(folder: Path, toml: str, source: str, sources: str = '"main.c"') -> str:
    folder.mkdir()
    (folder / "app.toml").write_text(f'title = "t"\nsources = [{sources}]\n{toml}')
    (folder / "main.c").write_text(source)
    return str(folder)


def test_a_program_of_the_host_prints_as_firmware_does_and_may_not_need_a_board(tmp_path):
    body = "console_put_u32(N);\n    console_putc(10);\n    return 3;"
    main = f'#include "console.h"\nint main(void)\n{{\n    {body}\n}}\n'
    app = app_in(tmp_path / "app", 'hal = ["console"]\ndefines = {N = 1}\n', main)
    build_host(app, tmp_path / "program", {"N": 12})
    done = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("12\n", 3)
    with pytest.raises(InputError, match=r"(?s)microphone.*host"):
        build_host(app_in(tmp_path / "ears", 'hal = ["microphone"]\n', main), tmp_path / "program")


def test_a_program_of_the_host_borrows_sources_too(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "answer.h").write_text("int answer(void);\n")
    (tmp_path / "other" / "answer.c").write_text(
        '#include "answer.h"\nint answer(void)\n{\n    return 43;\n}\n'
    )
    main = '#include "../other/answer.h"\nint main(void)\n{\n    return answer();\n}\n'
    build_host(app_in(tmp_path / "app", "", main, '"main.c", "../other/answer.c"'), tmp_path / "program")
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 43
