/* Listens for one word. When it was said: LED, a line on the console, one advertisement on the air. Sound
 * never leaves; between buffers the core sleeps. */
#include "console.h"
#include "decision.h"
#include "hal.h"
#include "judge.h"
#include "sampling.h"
#include "say.h"

enum {
    GAIN_DB = 20,
    LED_FRAMES = 9, /* after the one that brought the word: 200 ms */
};

static int16_t recording[2][FRAME];
static int16_t waiting[8][FRAME]; /* 160 ms: what may wait while the network, the console or the radio is busy */
static sense_queue frames = SENSE_QUEUE(waiting);

/* True when the word was just said. One look alone cannot say so; after it there is no other for a second. */
static bool hear(const int16_t *samples)
{
    static sense_detector word = {.need = 2, .of = 3, .refractory = 8};
    return features_hear(samples) && sense_detect(&word, judge(features) == WORD);
}

static void announce(uint32_t number)
{
    sense_say("wake word", (int32_t)number);

    /* Flags; manufacturer data: company 0xffff (Bluetooth assigned numbers: for tests), count. */
    uint8_t advertisement[] = {2, 0x01, 0x06, 5, 0xff, 0xff, 0xff, (uint8_t)number, (uint8_t)(number >> 8)};
    hal_radio_advertise(advertisement, sizeof advertisement);
}

int main(void)
{
    const hal_microphone_config microphone = {
        .rate_hz = RATE_HZ,
        .gain_db = GAIN_DB,
        .buffers = {recording[0], recording[1]},
        .count = FRAME,
    };
    console_puts("wake_word: listening\n");
    if (!sampling_microphone_start(&microphone, &frames)) {
        console_puts("no microphone\n");
        return 1;
    }

    sense_holder light = {.hold = LED_FRAMES};
    uint32_t words = 0;
    for (;;) {
        const int16_t *samples = sampling_wait(&frames);
        bool heard = hear(samples);
        sense_queue_drop(&frames);
        hal_led_set(HAL_LED_BUILTIN, sense_hold(&light, heard));
        if (heard)
            announce(++words);
        sampling_tell_lost(&frames);
    }
}
