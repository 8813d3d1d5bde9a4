#include "console.h"
#include "hal.h"

static void wait_us(uint32_t duration)
{
    uint64_t start = hal_time_us();
    while (hal_time_us() - start < duration) {
    }
}

int main(void)
{
    console_puts("hello from coincell\n");
    for (uint32_t blink = 1; blink <= 3; blink++) {
        hal_led_set(HAL_LED_BUILTIN, true);
        wait_us(10000);
        hal_led_set(HAL_LED_BUILTIN, false);
        wait_us(10000);
        console_puts("blink ");
        console_put_u32(blink);
        console_putc('\n');
    }
    return 0;
}
