/* Every eight seconds a flash in the smoke chamber and a look at the thermistor; the core sleeps in between. The LED is
 * the alarm: on from three answers of four that say fire, until the smoke has been gone for two minutes. */
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum {
    PERIOD_US = FEATURES_PERIOD_S * 1000000,
    LIGHT_US = 250, /* the chamber's amplifier has 40 us */
    HOLD = 120 / FEATURES_PERIOD_S,
};

static int16_t read_smoke(void)
{
    hal_pin_write(HAL_PIN_D4, true);
    hal_sleep_until(hal_time_us() + LIGHT_US);
    int16_t light = hal_analog_read(HAL_ANALOG_A1);
    hal_pin_write(HAL_PIN_D4, false);
    return light;
}

static int16_t read_heat(void)
{
    hal_pin_write(HAL_PIN_D5, true);
    int16_t steps = hal_analog_read(HAL_ANALOG_A3);
    hal_pin_write(HAL_PIN_D5, false);
    return steps;
}

int main(void)
{
    static sense_detector fire = {.need = 3, .of = 4};
    static sense_holder alarm = {.hold = HOLD};
    uint64_t next_us = hal_time_us();
    bool lit = false;

    for (;;) {
        int16_t smoke = read_smoke();
        bool there = features_add(smoke, read_heat());
        bool found = there && judge(features) == FIRE;
        bool on = sense_hold(&alarm, sense_detect(&fire, found) || (lit && there));
        if (on != lit) {
            lit = on;
            hal_led_set(HAL_LED_BUILTIN, lit);
            sense_say("alarm", lit);
        }
        next_us += PERIOD_US;
        hal_sleep_until(next_us);
    }
}
