/* Sixteen readings a second of a load, and twice as many while there is none: the LED has to flash within a tenth of
 * a second of the first touch. The divider is fed for each alone; what is on the seat stands on the console. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum { PERIOD_US = 1000000 / FEATURES_RATE_HZ, EMPTY_PERIOD_US = PERIOD_US / 2, FLASH = FEATURES_RATE_HZ / 4 };

static uint32_t read_mv(void)
{
    hal_pin_write(HAL_PIN_D6, true);
    int16_t steps = hal_analog_read(HAL_ANALOG_A2);
    hal_pin_write(HAL_PIN_D6, false);
    return (uint32_t)steps * hal_analog_step_uv() / 1000;
}

int main(void)
{
    static const char *const names[N_CLASSES] = {"bag", "child", "adult"};
    static const char *const empty = "empty";
    static const sense_vote none = {.need = 2, .of = 3};
    sense_vote vote = none;
    uint64_t next_us = hal_time_us();
    bool loaded = false;
    unsigned lit = 0;

    sense_say_class(empty);
    for (;;) {
        bool complete = features_add(read_mv());
        if (features_loaded() != loaded) {
            loaded = !loaded;
            vote = none;
            if (!loaded)
                sense_say_class(empty);
            hal_led_set(HAL_LED_BUILTIN, loaded);
            lit = loaded ? FLASH : 0;
        } else if (lit && --lit == 0) {
            hal_led_set(HAL_LED_BUILTIN, false);
        }
        if (complete) {
            int elected = sense_elect(&vote, judge(features));
            if (elected != SENSE_NO_CLASS)
                sense_say_class(names[elected]);
        }
        next_us += loaded ? PERIOD_US : EMPTY_PERIOD_US;
        hal_sleep_until(next_us);
    }
}
