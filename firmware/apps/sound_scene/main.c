/* An earbud that hears where its wearer is, to adapt to it: the scene is a line on the console when it changes.
 * Sound never leaves; between buffers the core sleeps. */
#include "console.h"
#include "decision.h"
#include "hal.h"
#include "judge.h"
#include "queue.h"
#include "say.h"

enum { GAIN_DB = 10 }; /* full scale is a sine of 110 dB SPL: wind is that loud */

static const char *const names[SCENES] = {"quiet", "talk", "music", "street", "wind", "machine"};

static int16_t recording[2][FRAME];
static int16_t waiting[4][FRAME];
static sense_queue frames = SENSE_QUEUE(waiting);

static void on_buffer(int16_t *samples, size_t count)
{
    (void)count;
    sense_queue_put(&frames, samples);
}

int main(void)
{
    const hal_microphone_config microphone = {
        .rate_hz = RATE_HZ,
        .gain_db = GAIN_DB,
        .buffers = {recording[0], recording[1]},
        .count = FRAME,
        .on_buffer = on_buffer,
    };
    if (!hal_microphone_start(&microphone)) {
        console_puts("no microphone\n");
        return 1;
    }

    sense_vote scene = {.need = 2, .of = 3};
    uint32_t lost = 0;
    for (;;) {
        const int16_t *samples;
        while ((samples = sense_queue_front(&frames)) == NULL)
            hal_sleep();
        bool answer = features_hear(samples);
        sense_queue_drop(&frames);
        if (answer) {
            int holds = sense_elect(&scene, judge(features));
            if (holds != SENSE_NO_CLASS)
                sense_say_class(names[holds]);
        }
        if (frames.lost != lost) {
            lost = frames.lost;
            sense_say("lost", (int32_t)lost);
        }
    }
}
