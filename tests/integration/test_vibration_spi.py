"""An IIS3DWB behind SPIM1 on the emulated board: firmware sleeps until INT1, EasyDMA fetches the FIFO."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coincell.build.app import build_app
from coincell.describe import load_board
from coincell.engines.contract import RunRequest
from coincell.engines.native import NativeEngine
from coincell.image import load_image
from coincell.ports import Label, Samples
from coincell.simtime import PS_PER_S

pytest.importorskip("ziglang", reason="the firmware extra is not installed")

# Registers: nRF52840 Product Specification v1.7, 6.25 SPIM, 6.10 GPIOTE; pins: the board's header.
SOURCE = r"""
#include "console.h"
#include "nrf52.h"

#define SPIM1(offset) REGISTER(0x40004000u + (offset))
#define GPIOTE(offset) REGISTER(0x40006000u + (offset))
#define CS BOARD_VIBRATION_CS
enum { WORDS = 256 };

static uint8_t out[2], in[1 + 7 * WORDS];
static volatile bool ready;

void GPIOTE_IRQHandler(void)
{
    event_clear(&GPIOTE(0x100));
    ready = true;
}

static void transfer(uint32_t n_sent, uint32_t n_received)
{
    GPIO_OUTCLR(CS) = PIN_MASK(CS);
    SPIM1(0x544) = (uint32_t)(uintptr_t)out;
    SPIM1(0x548) = n_sent;
    SPIM1(0x534) = (uint32_t)(uintptr_t)in;
    SPIM1(0x538) = n_received;
    SPIM1(0x118) = 0;
    __asm volatile("" ::: "memory"); /* `out` is in memory before the block reads it */
    SPIM1(0x010) = 1;
    while (!SPIM1(0x118)) {
    }
    __asm volatile("" ::: "memory");
    GPIO_OUTSET(CS) = PIN_MASK(CS);
}

static void put(uint8_t reg, uint8_t value)
{
    out[0] = reg;
    out[1] = value;
    transfer(2, 0);
}

static uint8_t get(uint8_t reg)
{
    out[0] = reg | 0x80;
    transfer(1, 2);
    return in[1];
}

int main(void)
{
    GPIO_OUTSET(CS) = PIN_MASK(CS);
    GPIO_DIRSET(CS) = PIN_MASK(CS);
    GPIO_PIN_CNF(BOARD_VIBRATION_INT1) = PIN_CNF_INPUT;
    SPIM1(0x508) = BOARD_VIBRATION_SCK;
    SPIM1(0x50C) = BOARD_VIBRATION_MOSI;
    SPIM1(0x510) = BOARD_VIBRATION_MISO;
    SPIM1(0x524) = 0x80000000u; /* 8 MHz */
    SPIM1(0x500) = 7;
    GPIOTE(0x510) = 1u | BOARD_VIBRATION_INT1 << 8 | 1u << 16; /* event, rising */
    GPIOTE(0x304) = 1;
    NVIC_ISER(0) = 1u << 6;
    while (get(0x0F) != 0x7B) {
    }
    put(0x08, 1);    /* threshold 256 */
    put(0x09, 0x0A); /* every sample */
    put(0x0A, 6);    /* the newest */
    put(0x0D, 8);    /* INT1: threshold */
    put(0x10, 0xA0); /* 26.7 kHz, 2 g */
    for (unsigned block = 0; block < 3; block++) {
        while (!ready)
            hal_sleep();
        ready = false;
        out[0] = 0x78 | 0x80;
        transfer(1, sizeof in);
        int32_t least = 32767, most = -32768;
        for (unsigned i = 0; i < WORDS; i++) {
            int16_t z = (int16_t)(in[1 + 7 * i + 5] | in[1 + 7 * i + 6] << 8);
            if (z < least)
                least = z;
            if (z > most)
                most = z;
        }
        console_put_i32(least);
        console_putc(' ');
        console_put_i32(most);
        console_putc('\n');
    }
    return 0;
}
"""


class Hum:
    """Implements ports.Signal: 1 g along z with a vibration of 0.25 g at 3 kHz on it."""

    labels: tuple[Label, ...] = ()
    unit, n_channels, rate_hz = "g", 3, 80_000

    def samples(self, start: int, count: int) -> Samples:
        out = np.zeros((count, 3))
        out[:, 2] = 1 + 0.25 * np.sin(2 * np.pi * 3000 * np.arange(start, start + count) / 80_000)
        return out


def test_a_fifo_of_vibration_comes_through(tmp_path: Path):
    (tmp_path / "app.toml").write_text('title = "t"\nsources = ["main.c"]\nhal = ["console"]\n')
    (tmp_path / "main.c").write_text(SOURCE)
    about = load_board("nano33ble_motion")
    parts = (
        part.model_copy(update={"options": {"errors": "none"}}) if part.name == "machine" else part
        for part in about.part
    )
    about = about.model_copy(update={"part": tuple(parts)})
    image = load_image(build_app(str(tmp_path), about).elf)
    request = RunRequest(about, image, PS_PER_S // 20, {"vibration": Hum()}, strict=True, keep_samples=True)
    result = NativeEngine().run(request)
    rows = [[int(word) for word in line.text.split()] for line in result.console]
    assert len(rows) == 3
    expected = [750 / 0.061, 1250 / 0.061]
    assert rows[2] == [pytest.approx(value, rel=0.005) for value in expected]  # settled after 10 ms
    assert rows[0][0] < 500 / 0.061
    rises = [edge.time_ps for edge in result.edges if edge.net == "D3" and edge.level]
    periods = np.diff(rises) / PS_PER_S * 80_000 / 3
    assert periods == pytest.approx(np.full(len(rises) - 1, 256), abs=0.1)
    assert len(rises) >= 3
    taken = result.samples["vibration"]
    assert len(taken.data) // 6 == 3 * 256
