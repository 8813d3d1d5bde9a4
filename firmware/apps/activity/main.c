/* A look of 2.2 s at how the wrist moves, a class, and rest with the sensor off: the gyroscope takes nearly all of
 * the current. Nothing is sent. */
#include "console.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = 22, ROOM = 64, SETTLING = 3, PERIOD_US = 4000000 };

static hal_imu_sample room[ROOM];
static sense_queue samples = SENSE_QUEUE(room);

/* Sample until `features` tells about a window. False when there is no sensor. */
static bool look(void)
{
    static const hal_imu_config config = {.rate_mhz = FEATURES_RATE_MHZ,
                                          .acceleration_g = 8,
                                          .rotation_dps = 2000,
                                          .batch = BATCH};
    bool complete = false;
    uint32_t n_seen = 0;

    if (!sampling_imu_start(&config, &samples))
        return false;
    while (!complete) {
        const hal_imu_sample *sample = sampling_wait(&samples);
        if (n_seen++ >= SETTLING)
            complete = features_add(sample->acceleration, sample->rotation);
        sense_queue_drop(&samples);
    }
    hal_imu_stop();
    sampling_discard(&samples);
    return true;
}

int main(void)
{
    static const char *const names[N_CLASSES] = {"still", "walking", "running", "cycling", "stairs"};
    uint64_t next_us = hal_time_us();

    while (look()) {
        sense_say_class(names[judge(features)]);
        sampling_tell_lost(&samples);
        next_us += PERIOD_US;
        hal_sleep_until(next_us);
    }
    console_puts("no imu\n");
    return 1;
}
