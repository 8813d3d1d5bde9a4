#include "nrf52.h"

static volatile uint32_t overflows; /* of the 24-bit counter: one in 512 s */
static void (*alarm)(void);

void RTC1_IRQHandler(void)
{
    if (RTC1_EVENTS_OVRFLW) {
        event_clear(&RTC1_EVENTS_OVRFLW);
        overflows++;
    }
    event_clear(&RTC1_EVENTS_COMPARE0); /* hal_sleep_until needs to wake, no more */
    if (RTC1_EVENTS_COMPARE1) {
        event_clear(&RTC1_EVENTS_COMPARE1);
        if (alarm)
            alarm();
    }
}

void time_init(void)
{
    clock_lfxo_start();
    RTC1_PRESCALER = 0;
    RTC1_INTENSET = RTC_INT_OVRFLW;
    irq_enable(IRQ_RTC1);
    RTC1_TASKS_CLEAR = 1;
    RTC1_TASKS_START = 1;
}

uint64_t time_ticks(void)
{
    uint32_t masked = irq_save();
    uint32_t counter = RTC1_COUNTER;
    uint32_t high = overflows;
    if (RTC1_EVENTS_OVRFLW) { /* wrapped, and the handler has not run yet */
        counter = RTC1_COUNTER;
        high++;
    }
    irq_restore(masked);
    return ((uint64_t)high << 24) + counter;
}

uint64_t hal_time_us(void)
{
    return (time_ticks() * 15625u) >> 9; /* 1,000,000 / 32,768 */
}

void hal_sleep_until(uint64_t time_us)
{
    uint64_t due = ((time_us << 9) + 15624u) / 15625u;
    uint32_t masked = irq_save(); /* nothing comes between looking at the time and setting the compare */
    uint64_t soonest = time_ticks() + 2;

    RTC1_CC0 = (uint32_t)(due > soonest ? due : soonest) & 0xFFFFFFu;
    event_clear(&RTC1_EVENTS_COMPARE0);
    RTC1_INTENSET = RTC_INT_COMPARE0;
    irq_restore(masked);
    while (time_ticks() < due) /* farther away than the counter reaches, the compare comes once a round */
        hal_sleep();
    RTC1_INTENCLR = RTC_INT_COMPARE0;
}

void time_alarm_on(void (*on_alarm)(void))
{
    alarm = on_alarm;
    event_clear(&RTC1_EVENTS_COMPARE1);
    RTC1_EVTENSET = RTC_INT_COMPARE1;
    if (on_alarm)
        RTC1_INTENSET = RTC_INT_COMPARE1;
}

void time_alarm(uint64_t tick)
{
    RTC1_CC1 = (uint32_t)tick & 0xFFFFFFu;
}

void time_alarm_off(void)
{
    RTC1_EVTENCLR = RTC_INT_COMPARE1;
    RTC1_INTENCLR = RTC_INT_COMPARE1;
}
