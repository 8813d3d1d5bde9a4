"""firmware/sense on emulated cores: the same answers as the same C on this machine, and what it costs."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from coincell.build.app import build_app
from coincell.build.host import build_host
from coincell.build.target import Memory, Target
from coincell.engines.assembly import BareChip
from coincell.engines.execute import exec_image
from coincell.image import load_image

pytest.importorskip("ziglang", reason="the firmware extra is not installed")
FLASH, RAM = 0x0800_0000, 0x2000_0000
MEMORIES = (Memory("flash", FLASH, 64 << 10, "flash"), Memory("ram", RAM, 16 << 10, "ram"))
TOML = 'title = "t"\nsources = ["main.c"]\nhal = ["console"]\n'
MAIN = """
#include "biquad.h"
#include "decision.h"
#include "hal.h"
#include "integer.h"
#include "queue.h"
#include "say.h"
#include "spectrum.h"
#include "statistics.h"

static int16_t samples[256];
static int32_t bins[258];

static void *oldest(sense_queue *queue)
{
    return sense_queue_front(queue);
}

int main(void)
{
    static const sense_biquad_design low = {
        SENSE_BIQUAD_Q29(0.0674552738890719), SENSE_BIQUAD_Q29(0.1349105477781438),
        SENSE_BIQUAD_Q29(0.0674552738890719), SENSE_BIQUAD_Q29(-1.1429805025399011),
        SENSE_BIQUAD_Q29(0.4128015980961886),
    };
    static const char *const names[] = {"low", "high"};
    static uint16_t room[4];
    static sense_queue queue = SENSE_QUEUE(room);
    sense_biquad_state state = {0};
    sense_statistics all = {0};
    sense_vote vote = {.need = 2, .of = 3};
    uint32_t random = 1;
    for (int i = 0; i < 256; i++) {
        random = random * 1664525u + 1013904223u;
        samples[i] = (int16_t)(sense_biquad(&low, &state, (int32_t)(random >> 16) - 32768));
        sense_statistics_add(&all, samples[i]);
        uint16_t item = (uint16_t)samples[i];
        sense_queue_put(&queue, &item);
        if (i % 2)
            sense_queue_drop(&queue);
        int elected = sense_elect(&vote, samples[i] > 0);
        if (elected != SENSE_NO_CLASS)
            sense_say_class(names[elected]);
    }
    sense_say("lost", (int32_t)queue.lost);
    sense_say("oldest", *(uint16_t *)oldest(&queue));
    sense_say("variance", (int32_t)sense_variance(&all));
    sense_say("deviation", (int32_t)sense_sqrt(sense_variance(&all)));
    sense_say("crossings", (int32_t)sense_crossings(samples, 256, 0, 500));
    sense_spectrum(samples, 256, bins);
    for (uint32_t i = 0; i <= 128; i++) {
        sense_say("re", bins[2 * i]);
        sense_say("im", bins[2 * i + 1]);
        sense_say("log", sense_log2_q8(sense_bin_power(bins, i)));
    }
    hal_exit(0);
}
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensing")
    (folder / "app.toml").write_text(TOML)
    (folder / "main.c").write_text(MAIN)

    @cache
    def on_host() -> list[str]:
        build_host(str(folder), folder / "program")
        return subprocess.run([folder / "program"], capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )

    return folder, on_host


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4f"])
def test_the_same_answers_on_the_core_as_here(app, core):
    folder, on_host = app
    built = build_app(str(folder), Target("bare", core, "none", MEMORIES))
    chip = BareChip(core, ((FLASH, 64 << 10),), ((RAM, 16 << 10),))
    done = exec_image(load_image(built.elf), chip)
    lines = [line.text for line in done.console]
    assert lines == on_host()[:-1]
    assert len(lines) > 129 * 3 + 5
