"""From a chip's description to the core's options: optional parts, and the time that waking up takes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from coincell.describe import ChipDescription, load_board
from coincell.errors import InputError
from coincell.machine.cores import CORES, bare_options, chip_options
from coincell.timing import pipeline


@pytest.fixture(scope="module")
def chip() -> ChipDescription:
    return load_board("nano33ble_sense").chip


def with_core(chip: ChipDescription, **changes: Any) -> ChipDescription:
    return chip.model_copy(update={"core": chip.core.model_copy(update=changes)})


def test_the_shipped_chip(chip: ChipDescription) -> None:
    """3 us of 64 MHz are 192 cycles; the nRF52840 has 8 regions."""
    options = chip_options(chip)
    assert (options.wake_cycles, options.mpu_regions, options.dwt_comparators) == (192, 8, 4)
    assert options.systick
    assert options.vtor


def test_waking_up_takes_at_least_what_the_chip_says(chip: ChipDescription) -> None:
    wake = chip.constants["wake_us"].model_copy(update={"value": Fraction(1, 100)})
    assert chip_options(chip.model_copy(update={"constants": {"wake_us": wake}})).wake_cycles == 1
    assert chip_options(chip.model_copy(update={"constants": {}})).wake_cycles == 0


def test_a_constant_that_nothing_uses(chip: ChipDescription) -> None:
    misspelt = {"wake_ms": chip.constants["wake_us"]}
    with pytest.raises(InputError, match="nothing uses") as refused:
        chip_options(chip.model_copy(update={"constants": misspelt}))
    assert (refused.value.value, refused.value.allowed) == ("wake_ms", ["wake_us"])


@pytest.mark.parametrize("key", ["systick", "vtor"])
def test_armv7m_always_has_them(chip: ChipDescription, key: str) -> None:
    with pytest.raises(InputError, match="always has it") as refused:
        chip_options(with_core(chip, **{key: False}))
    assert refused.value.key == f"core.{key}"
    small = chip_options(with_core(chip, **{"type": "cortex-m0plus", key: False}))
    assert not getattr(small, key)


def test_a_core_that_nobody_described() -> None:
    assert (bare_options("cortex-m4f").mpu_regions, bare_options("cortex-m4f").wake_cycles) == (8, 0)


def test_a_cortex_m33_is_in_one_world(chip: ChipDescription) -> None:
    assert bare_options("cortex-m33").security == "secure"
    assert bare_options("cortex-m4f").security == "none"
    options = chip_options(with_core(chip, type="cortex-m33", fpu=False, security="nonsecure"))
    assert (options.security, options.features & {"v8m", "dsp", "fpsp"}) == ("nonsecure", {"v8m", "dsp"})
    assert "fpv5" in chip_options(with_core(chip, type="cortex-m7", fpu=True)).features


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("m4", "cortex-m4"),
        ("Cortex-M4", "cortex-m4"),
        ("cortex-m0+", "cortex-m0plus"),
        ("cortex_m7", "cortex-m7"),
        ("Cortex-M33+nofpu", "cortex-m33+nofp"),
    ],
)
def test_a_core_by_another_name_is_told_the_one_meant(name: str, meant: str) -> None:
    with pytest.raises(InputError) as refused:
        bare_options(name)
    assert str(refused.value).startswith(f"--core: no core is called {name!r}\n")
    assert refused.value.mend == f"did you mean {meant!r}?"
    assert meant in refused.value.allowed


def test_a_core_that_is_like_none(chip: ChipDescription) -> None:
    with pytest.raises(InputError, match="to mend: use one of these names"):
        bare_options("cortex-m99")
    with pytest.raises(InputError, match=r"core\.type: no core is called 'cortex-m99'"):
        chip_options(with_core(chip, type="cortex-m99"))


def test_every_core_has_a_pipeline_and_the_options_of_its_architecture() -> None:
    for name, kind in CORES.items():
        options = bare_options(name)
        assert pipeline(options.pipeline).name == options.pipeline
        assert options.unaligned_access == ("v7m" in options.features)
        assert options.features == kind.features
    assert not bare_options("cortex-m0").vtor
    assert bare_options("cortex-m0plus").vtor
    assert "fpdp" in bare_options("cortex-m7+fp.dp").features
    assert "fpdp" not in bare_options("cortex-m7").features
    assert not {"dsp", "fpsp"} & bare_options("cortex-m33+nodsp+nofp").features
