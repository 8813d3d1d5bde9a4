#include "stm32.h"

__attribute__((weak)) void led_init(void) {}
__attribute__((weak)) void time_init(void) {}

void hal_init(void)
{
    led_init();
    time_init();
}

/* Sleep mode; the clocks of whatever is enabled keep running. */
void hal_sleep(void)
{
    __asm volatile("wfe" ::: "memory");
}

void hal_exit(int code)
{
    (void)code;
    for (;;)
        hal_sleep();
}

uint32_t hal_cycles(void)
{
#if defined(STM32F7)
    DWT_LAR = DWT_UNLOCK; /* a Cortex-M7 may lock its DWT until told otherwise (Armv7-M ARM C1.1) */
#endif
    return cycle_counter();
}
