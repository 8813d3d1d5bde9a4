"""System registers and their rules, told by one program on four cores: as the manual and QEMU say.

Where QEMU 7.2 departs from Arm's manuals the program does not look:

* SCR keeps reserved bits, and nothing on Armv6-M (DDI 0403E B3.2.7); STKALIGN of Cortex-M7 can be cleared
  (DDI 0489F); VECTPENDING does not see BASEPRI (DUI 0553A 4.3.2); FPCCR has Armv8-M's UFRDY (DDI 0403E
  B3.2.20); Armv6-M has RETTOBASE (DDI 0419E B3.2.4);
* the ID registers of Cortex-M4 are Cortex-M3's, and some of both are zero (DDI 0439D, 0337I table 4-1);
* on Armv6-M IT is a hint (DDI 0419E A5.2.5: undefined), and 0xE0000000 executes (B3.1: never);
* an SVC that escalates returns behind itself (DDI 0403E B1.5.6 ReturnAddress(): to itself);
* there are no debug events, no lock-up (it aborts), no EPSR.ICI, and no cycles.
"""

from __future__ import annotations

from pathlib import Path

import bare_v8m
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


@pytest.mark.parametrize("core", ["m0", "m3", "m4f", "m7"])
def test_a_storm_of_random_exceptions(core: str, tmp_path: Path) -> None:
    """Priorities, groups, masks, nesting, chains, escalations at random: who ran when, a thousand times."""
    image = compile_bare("storm", core=core)
    here = run_here(image, "step", core)
    assert here == run_on_qemu(image, tmp_path, core)
    assert here.count("(") > 900
    if core == "m4f":
        assert run_here(image, "compile", core) == run_here(image, "random:7", core) == here


def test_the_storm_on_a_cortex_m33(tmp_path: Path) -> None:
    image = bare_v8m.compile_v8m("storm")
    assert bare_v8m.run_here(image, "step") == bare_v8m.run_on_qemu(image, tmp_path)
