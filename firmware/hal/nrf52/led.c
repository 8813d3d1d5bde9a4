#include "nrf52.h"

struct led {
    uint32_t pin;
    bool active_high;
};

static const struct led leds[HAL_LED_COUNT] = BOARD_LEDS;

void hal_led_set(enum hal_led led, bool on)
{
    if ((unsigned)led >= HAL_LED_COUNT)
        return;
    uint32_t pin = leds[led].pin;
    if (on == leds[led].active_high)
        GPIO_OUTSET(pin) = PIN_MASK(pin);
    else
        GPIO_OUTCLR(pin) = PIN_MASK(pin);
}

void led_init(void)
{
    for (unsigned led = 0; led < HAL_LED_COUNT; led++) {
        hal_led_set((enum hal_led)led, false);
        GPIO_DIRSET(leds[led].pin) = PIN_MASK(leds[led].pin);
    }
}
