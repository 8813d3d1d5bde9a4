/* Scans at a rate, in two ways.
 *
 * Up to 1 kHz RTC1 paces them and the SAADC is stopped in between: from START to STOP it keeps the 16 MHz clock
 * awake, some 400 uA. RESULT.PTR begins anew with each START, so a short interrupt after every scan moves it on;
 * it also sets the next tick, and so the mean rate is exact whatever it is, though each scan is up to half a tick
 * (15 us) off its time. Up to 80 Hz the block is disabled in between, too: what a second interrupt costs is then
 * less than what it draws idle.
 *
 * Above, TIMER1 paces them by PPI from the crystal, the SAADC stays started, and the core sleeps until a buffer
 * is full. The period is rounded to a sixteenth of a microsecond. */
#include "analog.h"

enum { DENSE_MHZ = 80000, TIMED_MHZ = 1000000, SLOWEST_MHZ = 2 /* the RTC comes round once in 512 s */ };

static hal_analog_config active;
static unsigned filling; /* the buffer that the block writes now */
static size_t n_scanned; /* into it */
static volatile bool running;
static volatile bool stopped;
static bool timed;

static struct {
    uint64_t due;            /* tick of the next scan */
    uint32_t ticks, part;    /* period: whole ticks, and the rest in parts of rate_mhz */
    uint32_t gathered;       /* parts */
} pace;

bool analog_scans_run(void)
{
    return running;
}

static size_t buffer_size(void)
{
    return active.n_inputs * active.n_scans;
}

static void next_tick(void)
{
    pace.due += pace.ticks;
    pace.gathered += pace.part;
    if (pace.gathered >= active.rate_mhz) {
        pace.gathered -= active.rate_mhz;
        pace.due++;
    }
    uint64_t soonest = time_ticks() + 2;
    time_alarm(pace.due > soonest ? pace.due : soonest); /* late if need be: no scan is left out */
}

static void begin_scan(void)
{
    SAADC_ENABLE = 1;
    SAADC_TASKS_START = 1;
}

static void scan_done(void)
{
    int16_t *full = NULL;

    event_clear(&SAADC_EVENTS_STOPPED);
    if (!running) {
        stopped = true;
        return;
    }
    if (++n_scanned == active.n_scans) {
        full = active.buffers[filling];
        filling = 1u - filling;
        n_scanned = 0;
    }
    saadc_into(active.buffers[filling] + n_scanned * active.n_inputs, active.n_inputs);
    if (active.rate_mhz <= DENSE_MHZ)
        SAADC_ENABLE = 0;
    next_tick();
    if (full)
        active.on_samples(full, buffer_size());
}

static void start_paced(void)
{
    bool dense = active.rate_mhz > DENSE_MHZ;

    pace.due = time_ticks() + 2;
    pace.ticks = TICKS_PER_S * 1000u / active.rate_mhz;
    pace.part = TICKS_PER_S * 1000u % active.rate_mhz;
    pace.gathered = active.rate_mhz / 2; /* ticks are rounded, not cut */
    saadc_on(active.inputs, active.n_inputs, SAADC_INT_STOPPED, scan_done);
    saadc_scan_by_scan();
    saadc_into(active.buffers[0], active.n_inputs);
    if (dense)
        ppi_connect(PPI_PACE, &RTC1_EVENTS_COMPARE1, &SAADC_TASKS_START);
    else
        SAADC_ENABLE = 0;
    time_alarm_on(dense ? NULL : begin_scan);
    time_alarm(pace.due);
}

static void buffer_done(void)
{
    bool ended = SAADC_EVENTS_END;

    if (ended) {
        event_clear(&SAADC_EVENTS_END);
        filling = 1u - filling;
    }
    if (SAADC_EVENTS_STARTED) { /* RESULT.PTR is double buffered from here on */
        event_clear(&SAADC_EVENTS_STARTED);
        saadc_into(active.buffers[1u - filling], buffer_size());
    }
    if (SAADC_EVENTS_STOPPED) {
        event_clear(&SAADC_EVENTS_STOPPED);
        stopped = true;
    }
    if (ended && running)
        active.on_samples(active.buffers[1u - filling], buffer_size());
}

static void start_timed(void)
{
    uint32_t period = (uint32_t)((16000000000u + active.rate_mhz / 2) / active.rate_mhz); /* of 16 MHz */
    bool whole_us = period % 16 == 0;

    clock_hfxo_request();
    saadc_on(active.inputs, active.n_inputs, SAADC_INT_STARTED | SAADC_INT_END | SAADC_INT_STOPPED, buffer_done);
    ppi_connect(PPI_FIRST, &SAADC_EVENTS_END, &SAADC_TASKS_START);
    ppi_connect(PPI_PACE, &TIMER1_EVENTS_COMPARE0, &SAADC_TASKS_SAMPLE);
    saadc_into(active.buffers[0], buffer_size());
    SAADC_TASKS_START = 1;
    TIMER1_BITMODE = TIMER_BITMODE_32;
    TIMER1_PRESCALER = whole_us ? 4 : 0; /* at 1 MHz a tenth of the current: PS 6.30 */
    TIMER1_CC0 = whole_us ? period / 16 : period;
    TIMER1_SHORTS = TIMER_SHORTS_COMPARE0_CLEAR;
    TIMER1_TASKS_CLEAR = 1;
    TIMER1_TASKS_START = 1;
}

bool hal_analog_start(const hal_analog_config *config)
{
    if (running || config->n_inputs == 0 || config->n_inputs > 8 || config->n_scans == 0 || !config->on_samples ||
        config->n_inputs * config->n_scans > 32767 || config->rate_mhz < SLOWEST_MHZ ||
        config->rate_mhz > 1000000000u / CONVERSION_US / config->n_inputs)
        return false;
    for (size_t i = 0; i < config->n_inputs; i++)
        if ((unsigned)config->inputs[i] >= HAL_ANALOG_COUNT)
            return false;
    active = *config;
    filling = 0;
    n_scanned = 0;
    running = true;
    timed = active.rate_mhz > TIMED_MHZ;
    if (timed)
        start_timed();
    else
        start_paced();
    return true;
}

void hal_analog_stop(void)
{
    if (!running)
        return;
    if (timed)
        TIMER1_TASKS_STOP = 1;
    else
        time_alarm_off();
    PPI_CHENCLR = PPI_ALL << PPI_FIRST;
    stopped = false;
    running = false;
    SAADC_ENABLE = 1; /* a disabled block does not answer STOP */
    SAADC_TASKS_STOP = 1;
    while (!stopped)
        hal_sleep();
    saadc_off();
    if (timed)
        clock_hfxo_release();
}
