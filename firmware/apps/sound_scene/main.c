/* An earbud that hears where its wearer is, to adapt to it: the scene is a line on the console when it changes.
 * Sound never leaves; between buffers the core sleeps. */
#include "console.h"
#include "decision.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { GAIN_DB = 10 }; /* full scale is a sine of 110 dB SPL: wind is that loud */

static const char *const names[SCENES] = {"quiet", "talk", "music", "street", "wind", "machine"};

static int16_t recording[2][FRAME];
static int16_t waiting[4][FRAME];
static sense_queue frames = SENSE_QUEUE(waiting);

int main(void)
{
    const hal_microphone_config microphone = {
        .rate_hz = RATE_HZ,
        .gain_db = GAIN_DB,
        .buffers = {recording[0], recording[1]},
        .count = FRAME,
    };
    if (!sampling_microphone_start(&microphone, &frames)) {
        console_puts("no microphone\n");
        return 1;
    }

    sense_vote scene = {.need = 2, .of = 3};
    for (;;) {
        const int16_t *samples = sampling_wait(&frames);
        bool answer = features_hear(samples);
        sense_queue_drop(&frames);
        if (answer) {
            int holds = sense_elect(&scene, judge(features));
            if (holds != SENSE_NO_CLASS)
                sense_say_class(names[holds]);
        }
        sampling_tell_lost(&frames);
    }
}
