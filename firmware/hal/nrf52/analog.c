/* The SAADC: 12 bits of 0 to 3.6 V (internal reference 0.6 V, gain 1/6: PS 6.23), and single readings. */
#include "analog.h"

static const uint8_t selected[HAL_ANALOG_COUNT] = BOARD_ANALOG_INPUTS;
static void (*handler)(void);
static volatile bool done;

void SAADC_IRQHandler(void)
{
    handler();
}

void ppi_connect(unsigned channel, volatile uint32_t *event, volatile uint32_t *task)
{
    PPI_CH_EEP(channel) = (uint32_t)(uintptr_t)event;
    PPI_CH_TEP(channel) = (uint32_t)(uintptr_t)task;
    PPI_CHENSET = 1u << channel;
}

void saadc_on(const enum hal_analog *inputs, size_t n_inputs, uint32_t enabled, void (*on_interrupt)(void))
{
    static unsigned n_channels; /* that are connected */

    for (unsigned channel = 0; channel < n_inputs; channel++) {
        SAADC_CH_PSELP(channel) = selected[inputs[channel]];
        SAADC_CH_CONFIG(channel) = SAADC_CONFIG_TACQ_10US; /* and single-ended, gain 1/6, internal reference */
    }
    for (unsigned channel = (unsigned)n_inputs; channel < n_channels; channel++)
        SAADC_CH_PSELP(channel) = 0;
    n_channels = (unsigned)n_inputs;
    SAADC_RESOLUTION = SAADC_RESOLUTION_12BIT;
    event_clear(&SAADC_EVENTS_STARTED);
    event_clear(&SAADC_EVENTS_END);
    event_clear(&SAADC_EVENTS_STOPPED);
    handler = on_interrupt;
    SAADC_INTENSET = enabled;
    irq_enable(IRQ_SAADC);
    SAADC_ENABLE = 1;
}

void saadc_scan_by_scan(void)
{
    ppi_connect(PPI_FIRST, &SAADC_EVENTS_STARTED, &SAADC_TASKS_SAMPLE);
    ppi_connect(PPI_FIRST + 1, &SAADC_EVENTS_END, &SAADC_TASKS_STOP);
}

void saadc_into(int16_t *samples, size_t count)
{
    SAADC_RESULT_PTR = (uint32_t)(uintptr_t)samples;
    SAADC_RESULT_MAXCNT = (uint32_t)count;
}

void saadc_off(void)
{
    PPI_CHENCLR = PPI_ALL << PPI_FIRST;
    SAADC_INTENCLR = 0xFFFFFFFFu;
    SAADC_ENABLE = 0;
}

static void read_done(void)
{
    event_clear(&SAADC_EVENTS_STOPPED);
    done = true;
}

uint32_t hal_analog_step_uv(void)
{
    return 879; /* 3.6 V / 4096 */
}

int16_t hal_analog_read(enum hal_analog input)
{
    static volatile int16_t sample;

    if (analog_scans_run())
        return -1;
    done = false;
    saadc_on(&input, 1, SAADC_INT_STOPPED, read_done);
    saadc_scan_by_scan();
    saadc_into((int16_t *)&sample, 1);
    SAADC_TASKS_START = 1;
    while (!done)
        hal_sleep();
    saadc_off();
    return sample < 0 ? 0 : sample; /* the converter's offset may take a reading below 0 V */
}
