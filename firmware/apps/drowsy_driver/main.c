/* The accelerometer's FIFO gathers six samples while the core sleeps: 50 ms, of the 100 in which a nod is to be
 * answered. The LED stands for what wakes the driver: it is lit until the head is up again. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = 6, ROOM = 32, ALARM_SAMPLES = FEATURES_RATE_HZ / 2 };

static hal_imu_sample room[ROOM];
static sense_queue samples = SENSE_QUEUE(room);

int main(void)
{
    const hal_imu_config config = {.rate_mhz = FEATURES_RATE_HZ * 1000,
                                   .acceleration_g = 4,
                                   .batch = BATCH};
    static sense_holder alarm = {.hold = ALARM_SAMPLES};
    bool lit = false;
    int32_t n_nods = 0;

    if (!sampling_imu_start(&config, &samples)) {
        console_puts("no imu\n");
        return 1;
    }
    for (;;) {
        const hal_imu_sample *sample = sampling_wait(&samples);
        bool leaning = features_add(sample->acceleration);
        sense_queue_drop(&samples);
        bool nodding = leaning && judge(features) == NOD;
        if (sense_hold(&alarm, nodding || (lit && leaning)) != lit) {
            lit = !lit;
            hal_led_set(HAL_LED_BUILTIN, lit);
            if (lit)
                sense_say("nod", ++n_nods);
        }
        sampling_tell_lost(&samples);
    }
}
