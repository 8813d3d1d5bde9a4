/* A look every ten minutes, the sensor and the core asleep in between. The first looks, ten seconds apart, teach the
 * machine's own signature: it is put up on a machine that is well. What three of four looks say is told; a fault lights
 * the LED for two seconds. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "look.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = 256, AXIS = 1 /* along the load */ };

static const uint64_t LEARNING_US = 10000000, WATCHING_US = 600000000, LIT_US = 2000000;

static hal_vibration_sample room[4][BATCH];
static sense_queue batches = SENSE_QUEUE(room);

static bool look(void)
{
    const hal_vibration_config config = {.acceleration_g = 8, .batch = BATCH};
    bool over = false;

    look_begin();
    if (!sampling_vibration_start(&config, &batches))
        return false;
    while (!over) {
        const hal_vibration_sample *batch = sampling_wait(&batches);
        for (unsigned i = 0; i < BATCH && !over; i++)
            over = look_add(batch[i].acceleration[AXIS]);
        sense_queue_drop(&batches);
    }
    hal_vibration_stop();
    sampling_discard(&batches);
    sampling_tell_lost(&batches);
    return true;
}

int main(void)
{
    static const char *const names[N_CLASSES] = {"healthy", "imbalance", "mounting", "bearing"};
    sense_vote vote = {.need = 3, .of = 4};
    int told = HEALTHY;
    uint64_t due = 0;

    for (;;) {
        bool knows = look() && features_add(look_slow, look_ring);
        uint64_t taken = due;
        due += knows ? WATCHING_US : LEARNING_US;
        int state = knows ? sense_elect(&vote, judge(features)) : SENSE_NO_CLASS;
        if (state != SENSE_NO_CLASS) {
            sense_say_class(names[state]);
            if (state != told && state != HEALTHY) {
                hal_led_set(HAL_LED_BUILTIN, true);
                hal_sleep_until(taken + LIT_US);
                hal_led_set(HAL_LED_BUILTIN, false);
            }
            told = state;
        }
        hal_sleep_until(due);
    }
}
