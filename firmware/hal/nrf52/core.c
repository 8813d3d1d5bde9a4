#include "nrf52.h"

__attribute__((weak)) void led_init(void) {}
__attribute__((weak)) void time_init(void) {}

void hal_init(void)
{
    NVMC_ICACHECNF = NVMC_ICACHECNF_CACHEEN;
    POWER_DCDCEN = 1;
    led_init();
    time_init();
}

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
    return cycle_counter();
}
