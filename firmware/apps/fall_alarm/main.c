/* The accelerometer's FIFO gathers while the core sleeps; a blow that judge() calls a fall lights the LED for two
 * seconds. */
#include "console.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = 24, ROOM = 64, ALARM_SAMPLES = 2 * FEATURES_RATE_HZ };

static hal_imu_sample room[ROOM];
static sense_queue samples = SENSE_QUEUE(room);

int main(void)
{
    const hal_imu_config config = {.rate_mhz = FEATURES_RATE_HZ * 1000,
                                   .acceleration_g = 8,
                                   .batch = BATCH};
    int32_t n_falls = 0;
    uint32_t lit = 0;

    if (!sampling_imu_start(&config, &samples)) {
        console_puts("no imu\n");
        return 1;
    }
    console_puts("watching\n");
    for (;;) {
        const hal_imu_sample *sample = sampling_wait(&samples);
        bool blow = features_add(sample->acceleration);
        sense_queue_drop(&samples);
        if (blow && judge(features) == FALL) {
            hal_led_set(HAL_LED_BUILTIN, true);
            lit = ALARM_SAMPLES;
            sense_say("fall", ++n_falls);
        } else if (lit && --lit == 0) {
            hal_led_set(HAL_LED_BUILTIN, false);
        }
        sampling_tell_lost(&samples);
    }
}
