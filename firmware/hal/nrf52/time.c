#include "nrf52.h"

static volatile uint32_t overflows; /* of the 24-bit counter: one in 512 s */

void RTC1_IRQHandler(void)
{
    event_clear(&RTC1_EVENTS_OVRFLW);
    overflows++;
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

uint64_t hal_time_us(void)
{
    uint32_t masked = irq_save();
    uint32_t counter = RTC1_COUNTER;
    uint32_t high = overflows;
    if (RTC1_EVENTS_OVRFLW) { /* wrapped, and the handler has not run yet */
        counter = RTC1_COUNTER;
        high++;
    }
    irq_restore(masked);
    uint64_t ticks = ((uint64_t)high << 24) + counter;
    return (ticks * 15625u) >> 9; /* 1,000,000 / 32,768 */
}
