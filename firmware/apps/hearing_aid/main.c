/* A hearing aid's ear for speech: every 16 ms it decides whether somebody is speaking, to amplify or to spare
 * the wearer. A line on the console when that changes; sound never leaves. */
#include "console.h"
#include "decision.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { GAIN_DB = 10 }; /* full scale is a sine of 110 dB SPL */

static const char *const names[SOUNDS] = {"noise", "speech"};

static int16_t recording[2][FRAME];
static int16_t waiting[8][FRAME]; /* 128 ms: what may wait while the console is busy */
static sense_queue frames = SENSE_QUEUE(waiting);

/* All that a frame takes, from its samples to the decision that holds; SENSE_NO_CLASS before there is one. */
__attribute__((noinline)) static int decide(const int16_t *samples)
{
    static sense_vote vote = {.need = 4, .of = 6};
    return features_hear(samples) ? sense_elect(&vote, judge(features)) : SENSE_NO_CLASS;
}

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

    for (;;) {
        const int16_t *samples = sampling_wait(&frames);
        int holds = decide(samples);
        sense_queue_drop(&frames);
        if (holds != SENSE_NO_CLASS)
            sense_say_class(names[holds]);
        sampling_tell_lost(&frames);
    }
}
