#include "stm32.h"

struct led {
    unsigned char present;
    unsigned char pin;
};

/* All of these boards light a LED with a high level. */
static const struct led leds[HAL_LED_COUNT] = BOARD_LEDS;

static void write(unsigned pin, bool high)
{
    GPIO_BSRR(pin) = 1u << (PIN_NUMBER(pin) + (high ? 0u : 16u));
}

void hal_led_set(enum hal_led led, bool on)
{
    if ((unsigned)led >= HAL_LED_COUNT || !leds[led].present)
        return;
    uint32_t masked = port_open(leds[led].pin);
    write(leds[led].pin, on);
    port_close(leds[led].pin, masked);
}

void led_init(void)
{
    for (unsigned led = 0; led < HAL_LED_COUNT; led++) {
        unsigned pin = leds[led].pin;
        if (!leds[led].present)
            continue;
        uint32_t masked = port_open(pin);
        write(pin, false);
        pin_field(&GPIO_MODER(pin), PIN_NUMBER(pin), 2, GPIO_MODE_OUTPUT);
        port_close(pin, masked);
    }
}
