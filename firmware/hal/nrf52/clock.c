#include "nrf52.h"

static uint32_t requests;
static volatile bool running;

void POWER_CLOCK_IRQHandler(void)
{
    if (CLOCK_EVENTS_HFCLKSTARTED) {
        event_clear(&CLOCK_EVENTS_HFCLKSTARTED);
        running = true;
    }
}

void clock_hfxo_request(void)
{
    if (requests++)
        return;
    running = false;
    event_clear(&CLOCK_EVENTS_HFCLKSTARTED);
    CLOCK_INTENSET = CLOCK_INT_HFCLKSTARTED;
    irq_enable(IRQ_POWER_CLOCK);
    CLOCK_TASKS_HFCLKSTART = 1;
    while (!running)
        hal_sleep();
}

void clock_hfxo_release(void)
{
    if (--requests == 0)
        CLOCK_TASKS_HFCLKSTOP = 1;
}

void clock_lfxo_start(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    /* LFCLK runs from the RC oscillator until the crystal is up, then changes over by itself: no waiting. */
    CLOCK_LFCLKSRC = CLOCK_LFCLKSRC_XTAL;
    CLOCK_TASKS_LFCLKSTART = 1;
}
