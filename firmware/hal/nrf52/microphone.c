/* Gapless recording: while the PDM block fills one buffer its handler names the next one. */
#include "nrf52.h"

#ifndef BOARD_I2S_MICROPHONE_SCK /* then microphone_i2s.c serves */

struct rate {
    uint32_t rate_hz;
    uint32_t clock;
    uint32_t ratio;
};

/* Product Specification v1.7, 6.15: rate = PDM_CLK / RATIO; only the rates that come out whole. */
static const struct rate rates[] = {
    {16000, PDM_PDMCLKCTRL_1280K, PDM_RATIO_80},
    {20000, PDM_PDMCLKCTRL_1280K, PDM_RATIO_64},
    {12500, PDM_PDMCLKCTRL_1000K, PDM_RATIO_80},
    {15625, PDM_PDMCLKCTRL_1000K, PDM_RATIO_64},
};

static hal_microphone_config active;
static unsigned filling; /* the buffer that the block writes now */
static volatile bool recording;
static volatile bool stopped;

void PDM_IRQHandler(void)
{
    if (PDM_EVENTS_END) {
        event_clear(&PDM_EVENTS_END);
        unsigned full = filling;
        filling = 1u - filling;
        if (recording)
            active.on_buffer(active.buffers[full], active.count);
    }
    if (PDM_EVENTS_STARTED) { /* SAMPLE.PTR is double buffered from here on */
        event_clear(&PDM_EVENTS_STARTED);
        PDM_SAMPLE_PTR = (uint32_t)(uintptr_t)active.buffers[1u - filling];
    }
    if (PDM_EVENTS_STOPPED) {
        event_clear(&PDM_EVENTS_STOPPED);
        stopped = true;
    }
}

static void pins_on(void)
{
    GPIO_OUTSET(BOARD_MICROPHONE_POWER) = PIN_MASK(BOARD_MICROPHONE_POWER);
    GPIO_DIRSET(BOARD_MICROPHONE_POWER) = PIN_MASK(BOARD_MICROPHONE_POWER);
    GPIO_OUTCLR(BOARD_MICROPHONE_CLOCK) = PIN_MASK(BOARD_MICROPHONE_CLOCK);
    GPIO_DIRSET(BOARD_MICROPHONE_CLOCK) = PIN_MASK(BOARD_MICROPHONE_CLOCK);
    GPIO_PIN_CNF(BOARD_MICROPHONE_DATA) = PIN_CNF_INPUT;
    PDM_PSEL_CLK = BOARD_MICROPHONE_CLOCK;
    PDM_PSEL_DIN = BOARD_MICROPHONE_DATA;
}

static void pins_off(void)
{
    PDM_PSEL_CLK = PSEL_DISCONNECTED;
    PDM_PSEL_DIN = PSEL_DISCONNECTED;
    GPIO_PIN_CNF(BOARD_MICROPHONE_DATA) = PIN_CNF_DISCONNECTED;
    GPIO_OUTCLR(BOARD_MICROPHONE_POWER) = PIN_MASK(BOARD_MICROPHONE_POWER);
}

bool hal_microphone_start(const hal_microphone_config *config)
{
    const struct rate *rate = NULL;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if (rates[i].rate_hz == config->rate_hz)
            rate = &rates[i];
    if (!rate || recording || config->gain_db < -20 || config->gain_db > 20 || config->count == 0 ||
        config->count > 32767 || !config->on_buffer)
        return false;

    active = *config;
    filling = 0;
    recording = true;
    pins_on();
    clock_hfxo_request();
    PDM_PDMCLKCTRL = rate->clock;
    PDM_RATIO = rate->ratio;
    PDM_MODE = PDM_MODE_MONO;
    PDM_GAINL = PDM_GAIN_0DB + (uint32_t)(2 * config->gain_db);
    PDM_GAINR = PDM_GAIN_0DB + (uint32_t)(2 * config->gain_db);
    PDM_SAMPLE_PTR = (uint32_t)(uintptr_t)active.buffers[0];
    PDM_SAMPLE_MAXCNT = (uint32_t)active.count;
    PDM_ENABLE = 1;
    event_clear(&PDM_EVENTS_STARTED);
    event_clear(&PDM_EVENTS_STOPPED);
    event_clear(&PDM_EVENTS_END);
    PDM_INTENSET = PDM_INT_STARTED | PDM_INT_STOPPED | PDM_INT_END;
    irq_enable(IRQ_PDM);
    PDM_TASKS_START = 1;
    return true;
}

void hal_microphone_stop(void)
{
    if (!recording)
        return;
    recording = false;
    stopped = false;
    PDM_TASKS_STOP = 1;
    while (!stopped)
        hal_sleep();
    PDM_ENABLE = 0;
    pins_off();
    clock_hfxo_release();
}

#endif
