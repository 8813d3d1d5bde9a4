/* Reads the heart's front end 125 times a second, and says which rhythm it beats in. Heard on the air are only
 * changes of the rhythm, and a sign of life every ten minutes. */
#include "beats.h"
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum { BATCH = BEATS_RATE_HZ, ROOM = 2 * BATCH, SUMMARY_SAMPLES = 600 * BEATS_RATE_HZ };

static const enum hal_analog inputs[] = {HAL_ANALOG_A0};
static int16_t buffers[2][BATCH];
static int16_t room[ROOM];
static sense_queue samples = SENSE_QUEUE(room);

/* Flags; manufacturer data: company 0xffff (Bluetooth assigned numbers: for tests), rhythm, beats a minute, minutes of
 * fibrillation so far. */
static void tell(int rhythm, uint32_t fibrillating)
{
    uint32_t minutes = fibrillating / (60 * BEATS_RATE_HZ);
    uint8_t summary[] = {2,    0x01, 0x06,
                         7,    0xff, 0xff,
                         0xff, (uint8_t)rhythm, (uint8_t)(60000 / features[MEAN]),
                         (uint8_t)minutes, (uint8_t)(minutes >> 8)};
    hal_radio_advertise(summary, sizeof summary);
}

int main(void)
{
    static const char *const names[N_RHYTHMS] = {"normal", "fibrillation"};
    const hal_analog_config config = {.inputs = inputs,
                                      .n_inputs = 1,
                                      .rate_mhz = BEATS_RATE_HZ * 1000,
                                      .buffers = {buffers[0], buffers[1]},
                                      .n_scans = BATCH};
    sense_vote vote = {.need = 2, .of = 3};
    int rhythm = SENSE_NO_CLASS;
    uint32_t fibrillating = 0, untold = 0;

    hal_pin_write(HAL_PIN_D5, true); /* the front end's SDN: on */
    sampling_analog_start(&config, &samples);
    for (;;) {
        const int16_t *sample = sampling_wait(&samples);
        uint32_t when;
        bool beat = beats_add(*sample, &when);
        sense_queue_drop(&samples);
        fibrillating += rhythm == FIBRILLATION;
        untold++;
        if (beat && features_add(when)) {
            int holds = sense_elect(&vote, judge(features));
            if (holds != SENSE_NO_CLASS && (holds != rhythm || untold >= SUMMARY_SAMPLES)) {
                rhythm = holds;
                untold = 0;
                sense_say_class(names[rhythm]);
                tell(rhythm, fibrillating);
            }
        }
        sampling_tell_lost(&samples);
    }
}
