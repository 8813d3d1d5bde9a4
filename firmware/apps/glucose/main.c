/* Reads the potentiostat every 50 s; the core sleeps but for that. Every five minutes glucose, its trend and the alarm go
 * on the air, as monitors under the skin do; the LED flashes when an alarm begins. */
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum {
    RATE_MHZ = 20,
    READINGS = FEATURES_PERIOD_S * RATE_MHZ / 1000,
    ZERO_UV = 330000, /* a tenth of the supply: sensors/devices/potentiostat.toml, as the next */
    FEEDBACK_KOHM = 8200,
    ARROW = 20 * FEATURES_MG, /* 1 mg/dL in a minute, as CHANGE has it */
    HOLD = 1800 / FEATURES_PERIOD_S,
    FLASH_US = 1000000,
};

enum { FALLING, STEADY, RISING, N_TRENDS };

static const enum hal_analog inputs[] = {HAL_ANALOG_A1};
static int16_t buffers[2][READINGS];
static const int16_t *volatile full;

static void on_samples(const int16_t *samples, size_t count)
{
    (void)count;
    full = samples;
}

static int32_t mean_pa(const int16_t *readings)
{
    int32_t sum = 0;
    for (int i = 0; i < READINGS; i++)
        sum += readings[i];
    return (sum * (int32_t)hal_analog_step_uv() / READINGS - ZERO_UV) * 10 / (FEEDBACK_KOHM / 100);
}

/* Flags; manufacturer data: company 0xffff (Bluetooth assigned numbers: for tests), glucose [mg/dL], trend, alarm. */
static void tell(int trend, bool alarm)
{
    uint16_t glucose = (uint16_t)(features[NOW] / FEATURES_MG);
    uint8_t report[] = {2, 0x01, 0x06,
                        7, 0xff, 0xff, 0xff, (uint8_t)glucose, (uint8_t)(glucose >> 8), (uint8_t)trend, alarm};
    hal_radio_advertise(report, sizeof report);
}

static void sound(bool alarm)
{
    sense_say("alarm", alarm);
    if (alarm) {
        hal_led_set(HAL_LED_BUILTIN, true);
        hal_sleep_until(hal_time_us() + FLASH_US);
        hal_led_set(HAL_LED_BUILTIN, false);
    }
}

int main(void)
{
    static const char *const names[N_TRENDS] = {"falling", "steady", "rising"};
    static const hal_analog_config config = {.inputs = inputs,
                                             .n_inputs = 1,
                                             .rate_mhz = RATE_MHZ,
                                             .buffers = {buffers[0], buffers[1]},
                                             .n_scans = READINGS,
                                             .on_samples = on_samples};
    sense_holder alarm = {.hold = HOLD};
    bool alarmed = false;

    hal_analog_start(&config);
    for (;;) {
        while (!full)
            hal_sleep();
        int32_t current = mean_pa(full);
        full = NULL;
        if (!features_add(current))
            continue;
        int trend = features[CHANGE] < -ARROW ? FALLING : features[CHANGE] > ARROW ? RISING : STEADY;
        bool on = sense_hold(&alarm, judge(features) == LOW);
        sense_say_class(names[trend]);
        tell(trend, on);
        if (on != alarmed)
            sound(alarmed = on);
    }
}
