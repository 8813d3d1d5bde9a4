/* The IMU gathers samples while the core sleeps; a gesture that just ended gives a pulse on the pin of its name. A frame
 * waits for half its length at most, so that the answer comes within a tenth of a second. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = 1, ROOM = 32, PULSE_SAMPLES = 8 };

static hal_imu_sample room[ROOM];
static sense_queue samples = SENSE_QUEUE(room);

static enum hal_pin pin_of(int gesture)
{
    return (enum hal_pin)(HAL_PIN_D2 + gesture - 1);
}

/* The gesture that two frames in a row name for the first time; NOTHING otherwise. */
static int decide(int named)
{
    static sense_vote vote = {.need = 2, .of = 2};
    static int holds = NOTHING;

    int held = holds;
    holds = sense_elect(&vote, named);
    return holds != held && holds > NOTHING ? holds : NOTHING;
}

int main(void)
{
    static const char *const names[N_CLASSES] = {
        "", "swipe left", "swipe right", "swipe up", "swipe down", "circle", "shake"};
    const hal_imu_config config = {.rate_mhz = FEATURES_RATE_MHZ,
                                   .acceleration_g = 8,
                                   .rotation_dps = 500,
                                   .batch = BATCH};
    int32_t n_gestures = 0;
    int answered = NOTHING;
    uint32_t pulse = 0;

    for (int gesture = SWIPE_LEFT; gesture < N_CLASSES; gesture++)
        hal_pin_write(pin_of(gesture), false);
    if (!sampling_imu_start(&config, &samples)) {
        console_puts("no imu\n");
        return 1;
    }
    for (;;) {
        const hal_imu_sample *sample = sampling_wait(&samples);
        bool moved = features_add(sample->acceleration, sample->rotation);
        sense_queue_drop(&samples);
        if (pulse && --pulse == 0)
            hal_pin_write(pin_of(answered), false);
        int gesture = moved ? decide(judge(features)) : NOTHING;
        if (gesture != NOTHING) {
            if (pulse)
                hal_pin_write(pin_of(answered), false);
            hal_pin_write(pin_of(gesture), true);
            answered = gesture;
            pulse = PULSE_SAMPLES;
            sense_say(names[gesture], ++n_gestures);
        }
        sampling_tell_lost(&samples);
    }
}
