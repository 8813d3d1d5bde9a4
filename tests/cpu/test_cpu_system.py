"""System registers and their rules, told by one program on four cores: as the manual says, and as QEMU says.

Where QEMU 7.2 departs from Arm's manuals the program does not look: SCR (keeps reserved bits; nothing on
Armv6-M: DDI 0403E B3.2.7), STKALIGN on Cortex-M7 (can be cleared; fixed, DDI 0489F), FPCCR (has Armv8-M's
UFRDY; DDI 0403E B3.2.20), RETTOBASE on Armv6-M (DDI 0419E B3.2.4 has none), IT on Armv6-M (a hint; DDI 0419E
A5.2.5 leaves it undefined), fetches from 0xE0000000 on Armv6-M (it executes them; XN, DDI 0419E B3.1).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from bare import compile_bare
from emulate import run_here, run_on_qemu


@pytest.mark.parametrize("core", ["m0", "m3", "m4f", "m7"])
def test_the_same_on_qemu(core: str, tmp_path: Path) -> None:
    image = compile_bare("system", core=core)
    here = run_here(image, "step", core)
    assert here == run_on_qemu(image, tmp_path, core)
    assert here.count("\n") > (10 if core == "m0" else 80)


@pytest.mark.parametrize("policy", ["compile", "auto", "random:2"])
def test_the_same_compiled(policy: str) -> None:
    image = compile_bare("system")
    assert run_here(image, policy) == run_here(image, "step")
