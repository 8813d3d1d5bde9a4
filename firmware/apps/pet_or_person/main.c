/* The converter reads the element 32 times a second; the core looks at them every half second. The LED flashes
 * when three answers of four say person; that alarm holds, without another flash, until nothing has moved for eight
 * seconds. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum { WARM_UP_US = 20000000, HOLD = 8 * FEATURES_RATE_HZ / FEATURES_BLOCK };

static int16_t blocks[2][FEATURES_BLOCK];
static const int16_t *volatile full;

static void on_readings(const int16_t *readings, size_t count)
{
    (void)count;
    full = readings;
}

int main(void)
{
    static const enum hal_analog input = HAL_ANALOG_A0;
    static const hal_analog_config scans = {.inputs = &input,
                                            .n_inputs = 1,
                                            .rate_mhz = FEATURES_RATE_HZ * 1000,
                                            .buffers = {blocks[0], blocks[1]},
                                            .n_scans = FEATURES_BLOCK,
                                            .on_samples = on_readings};
    static sense_detector person = {.need = 3, .of = 4};
    static sense_holder alarm = {.hold = HOLD};
    bool alarmed = false;

    hal_pin_write(HAL_PIN_D5, true);
    hal_sleep_until(WARM_UP_US);
    hal_analog_start(&scans);
    console_puts("watching\n");
    for (;;) {
        while (!full)
            hal_sleep();
        bool moves = features_add(full);
        full = NULL;
        bool found = sense_detect(&person, moves && judge(features) == PERSON);
        bool on = sense_hold(&alarm, found || (alarmed && moves));
        hal_led_set(HAL_LED_BUILTIN, on && !alarmed);
        if (on != alarmed)
            sense_say("person", on);
        alarmed = on;
    }
}
