/* Every 30 s a reading of the potentiostat, the core sleeps in between. Every five minutes glucose, its trend and the
 * alarm go on the air, as monitors under the skin do; the LED flashes when an alarm begins. */
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum {
    PERIOD_US = FEATURES_PERIOD_S * 1000000,
    ZERO_UV = 330000, /* a tenth of the supply: sensors/devices/potentiostat.toml, as the next */
    FEEDBACK_KOHM = 8200,
    ARROW = 20 * FEATURES_MG, /* 1 mg/dL in a minute, as CHANGE has it */
    HOLD = 6,                 /* half an hour */
};

enum { FALLING, STEADY, RISING };

static int32_t read_pa(void)
{
    int32_t uv = (int32_t)((uint32_t)hal_analog_read(HAL_ANALOG_A1) * hal_analog_step_uv());
    return (uv - ZERO_UV) * 10 / (FEEDBACK_KOHM / 100);
}

/* Flags; manufacturer data: company 0xffff (Bluetooth assigned numbers: for tests), glucose [mg/dL], trend, alarm. */
static void tell(int trend, bool alarm)
{
    uint16_t glucose = (uint16_t)(features[NOW] / FEATURES_MG);
    uint8_t report[] = {2, 0x01, 0x06,
                        7, 0xff, 0xff, 0xff, (uint8_t)glucose, (uint8_t)(glucose >> 8), (uint8_t)trend, alarm};
    hal_radio_advertise(report, sizeof report);
}

int main(void)
{
    static const char *const names[] = {"falling", "steady", "rising"};
    static sense_holder alarm = {.hold = HOLD};
    uint64_t next_us = hal_time_us();
    bool alarmed = false;

    for (;;) {
        next_us += PERIOD_US;
        hal_sleep_until(next_us);
        bool complete = features_add(read_pa());
        hal_led_set(HAL_LED_BUILTIN, false); /* lit for 30 s at most */
        if (!complete)
            continue;
        int trend = features[CHANGE] < -ARROW ? FALLING : features[CHANGE] > ARROW ? RISING : STEADY;
        bool on = sense_hold(&alarm, judge(features) == LOW);
        if (on != alarmed) {
            alarmed = on;
            hal_led_set(HAL_LED_BUILTIN, on);
            sense_say("alarm", on);
        }
        sense_say_class(names[trend]);
        tell(trend, on);
    }
}
