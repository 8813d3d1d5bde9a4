/* An I2S microphone. It wants 64 clocks in a frame and I2S as a master makes at most 48 (Product Specification
 * v1.7, 6.10: SCK is 2 * SWIDTH * LRCK), so PWM makes both clocks and I2S is their slave. */
#include "nrf52.h"

#ifdef BOARD_I2S_MICROPHONE_SCK

enum { SLOT_CLOCKS = 32, FRAME_CLOCKS = 2 * SLOT_CLOCKS, PWM_HZ = 16000000, SAMPLES_MAX = 512, PPI_WORD = 3 };

static hal_microphone_config active;
static int32_t words[2][SAMPLES_MAX]; /* 24 bits, sign extended */
static uint16_t clock_high, word_high; /* PWM's sequences, of one value each */
static int32_t gain_q8;
static unsigned filling; /* the buffer that the block writes now */
static bool first;
static volatile bool recording, stopped;

static void pass_on(unsigned full)
{
    int16_t *samples = active.buffers[full];
    for (size_t i = 0; i < active.count; i++) {
        int32_t sample = (int32_t)(((int64_t)words[full][i] * gain_q8) >> 16);
        samples[i] = (int16_t)(sample < INT16_MIN ? INT16_MIN : sample > INT16_MAX ? INT16_MAX : sample);
    }
    active.on_buffer(samples, active.count);
}

/* RXPTRUPD: the block has begun to fill the buffer that RXD.PTR named, and wants to know the one after it. */
void I2S_IRQHandler(void)
{
    if (I2S_EVENTS_RXPTRUPD) {
        event_clear(&I2S_EVENTS_RXPTRUPD);
        unsigned full = filling;
        filling = 1u - filling;
        I2S_RXD_PTR = (uint32_t)(uintptr_t)words[1u - filling];
        if (recording && !first)
            pass_on(full);
        first = false;
    }
    if (I2S_EVENTS_STOPPED) {
        event_clear(&I2S_EVENTS_STOPPED);
        stopped = true;
    }
}

/* 10^(db / 20) in 1/256, a decibel at a time. */
static int32_t ratio_q8(int db)
{
    int64_t q24 = 1 << 24;
    for (; db > 0; db--)
        q24 = (q24 * 18824346) >> 24;
    for (; db < 0; db++)
        q24 = (q24 * 14952709) >> 24;
    return (int32_t)(q24 >> 16);
}

static void wave(unsigned pwm, uint32_t pin, uint32_t cycles, uint16_t *high)
{
    *high = (uint16_t)(cycles / 2); /* low first: a frame begins with the left half */
    GPIO_OUTCLR(pin) = PIN_MASK(pin);
    GPIO_DIRSET(pin) = PIN_MASK(pin);
    PWM_PSEL_OUT0(pwm) = pin;
    PWM_COUNTERTOP(pwm) = cycles;
    PWM_SEQ0_PTR(pwm) = (uint32_t)(uintptr_t)high;
    PWM_SEQ0_CNT(pwm) = 1;
    PWM_ENABLE(pwm) = 1;
}

static void wave_off(unsigned pwm, uint32_t pin)
{
    PWM_TASKS_STOP(pwm) = 1;
    PWM_ENABLE(pwm) = 0;
    PWM_PSEL_OUT0(pwm) = PSEL_DISCONNECTED;
    GPIO_DIRCLR(pin) = PIN_MASK(pin);
}

static void block_on(void)
{
    GPIO_PIN_CNF(BOARD_I2S_MICROPHONE_SD) = PIN_CNF_INPUT;
    I2S_PSEL_SCK = BOARD_I2S_MICROPHONE_SCK;
    I2S_PSEL_LRCK = BOARD_I2S_MICROPHONE_WS;
    I2S_PSEL_SDIN = BOARD_I2S_MICROPHONE_SD;
    I2S_CONFIG_MODE = I2S_MODE_SLAVE;
    I2S_CONFIG_RXEN = 1;
    I2S_CONFIG_TXEN = 0;
    I2S_CONFIG_MCKEN = 0;
    I2S_CONFIG_SWIDTH = I2S_SWIDTH_24BIT;
    I2S_CONFIG_CHANNELS = I2S_CHANNELS_LEFT;
    I2S_RXD_PTR = (uint32_t)(uintptr_t)words[0];
    I2S_RXTXD_MAXCNT = (uint32_t)active.count;
    I2S_ENABLE = 1;
    event_clear(&I2S_EVENTS_RXPTRUPD);
    event_clear(&I2S_EVENTS_STOPPED);
    I2S_INTENSET = I2S_INT_RXPTRUPD | I2S_INT_STOPPED;
    irq_enable(IRQ_I2S);
    I2S_TASKS_START = 1;
}

bool hal_microphone_start(const hal_microphone_config *config)
{
    uint32_t cycles = config->rate_hz ? PWM_HZ / FRAME_CLOCKS / config->rate_hz : 0; /* of 16 MHz a clock */
    if (recording || cycles < 4 || cycles * FRAME_CLOCKS > 32767 ||
        cycles * FRAME_CLOCKS * config->rate_hz != PWM_HZ || config->gain_db < -20 || config->gain_db > 20 ||
        config->count == 0 || config->count > SAMPLES_MAX || !config->on_buffer)
        return false;

    active = *config;
    gain_q8 = ratio_q8(config->gain_db);
    filling = 1;
    first = recording = true;
    clock_hfxo_request();
    block_on();
    wave(0, BOARD_I2S_MICROPHONE_SCK, cycles, &clock_high);
    wave(1, BOARD_I2S_MICROPHONE_WS, cycles * FRAME_CLOCKS, &word_high);
    PPI_CH_EEP(PPI_WORD) = (uint32_t)(uintptr_t)&PWM_EVENTS_SEQSTARTED0(0);
    PPI_CH_TEP(PPI_WORD) = (uint32_t)(uintptr_t)&PWM_TASKS_SEQSTART0(1);
    PPI_CHENSET = 1u << PPI_WORD;
    dma_reads_memory();
    PWM_TASKS_SEQSTART0(0) = 1;
    return true;
}

void hal_microphone_stop(void)
{
    if (!recording)
        return;
    recording = false;
    stopped = false;
    I2S_TASKS_STOP = 1;
    while (!stopped)
        hal_sleep();
    I2S_ENABLE = 0;
    PPI_CHENCLR = 1u << PPI_WORD;
    wave_off(0, BOARD_I2S_MICROPHONE_SCK);
    wave_off(1, BOARD_I2S_MICROPHONE_WS);
    GPIO_PIN_CNF(BOARD_I2S_MICROPHONE_SD) = PIN_CNF_DISCONNECTED;
    clock_hfxo_release();
}

#endif
