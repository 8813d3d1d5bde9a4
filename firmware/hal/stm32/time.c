/* TIM2 counts microseconds, in Sleep mode too. */
#include "stm32.h"

static volatile uint32_t overflows; /* of the 32-bit counter: one in 4,295 s */

void TIM2_IRQHandler(void)
{
    uint32_t flags = TIM2_SR;

    TIM2_SR = ~flags;
    (void)TIM2_SR; /* the line has fallen before the handler returns */
    if (flags & TIM_UPDATE)
        overflows++;
}

void time_init(void)
{
    apb1_clock(RCC_APB1_TIM2, true);
    TIM2_PSC = HSI16_HZ / 1000000u - 1u;
    TIM2_CR1 = TIM_CR1_URS;
    TIM2_EGR = TIM_UPDATE; /* the prescaler takes effect with an update */
    TIM2_DIER = TIM_UPDATE;
    irq_enable(IRQ_TIM2);
    TIM2_CR1 = TIM_CR1_URS | TIM_CR1_CEN;
}

uint64_t hal_time_us(void)
{
    uint32_t masked = irq_save();
    uint32_t counter = TIM2_CNT;
    uint32_t high = overflows;
    if (TIM2_SR & TIM_UPDATE) { /* wrapped, and the handler has not run yet */
        counter = TIM2_CNT;
        high++;
    }
    irq_restore(masked);
    return ((uint64_t)high << 32) + counter;
}

void hal_sleep_until(uint64_t time_us)
{
    TIM2_CCR1 = (uint32_t)time_us;
    TIM2_SR = ~TIM_COMPARE1;
    TIM2_DIER = TIM_UPDATE | TIM_COMPARE1;
    while (hal_time_us() < time_us) /* farther away than the counter reaches, the compare comes once a round */
        hal_sleep();
    TIM2_DIER = TIM_UPDATE;
}
