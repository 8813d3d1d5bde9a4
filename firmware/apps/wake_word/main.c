/* Listens for one word. When it was said: LED, a line on the console, one advertisement on the air. Sound
 * never leaves; between buffers the core sleeps. */
#include "console.h"
#include "hal.h"
#include "listener.h"

enum {
    BUFFERS = 8, /* 160 ms: what may wait while the network, the console or the radio is busy */
    LED_FRAMES = 10,
};

static int16_t recording[2][FRONTEND_HOP];
static int16_t waiting[BUFFERS][FRONTEND_HOP];
static volatile uint32_t filled, taken; /* buffers put into and taken from `waiting`; they wrap together */
static volatile uint32_t lost;

/* Interrupt context: the recording goes on, so the samples move out of its way. */
static void on_buffer(int16_t *samples, size_t count)
{
    if (filled - taken == BUFFERS) {
        lost++;
        return;
    }
    int16_t *to = waiting[filled % BUFFERS];
    for (size_t i = 0; i < count; i++)
        to[i] = samples[i];
    filled++;
}

static void announce(uint32_t number, uint8_t score)
{
    console_puts("wake word ");
    console_put_u32(number);
    console_puts(" score ");
    console_put_u32(score);
    console_putc('\n');

    /* Flags; manufacturer data: company 0xffff (Bluetooth assigned numbers: for tests), count, score. */
    uint8_t advertisement[] = {2, 0x01, 0x06, 6, 0xff, 0xff, 0xff, (uint8_t)number, (uint8_t)(number >> 8), score};
    hal_radio_advertise(advertisement, sizeof advertisement);
}

int main(void)
{
    const hal_microphone_config microphone = {
        .rate_hz = FRONTEND_RATE_HZ,
        .gain_db = 20,
        .buffers = {recording[0], recording[1]},
        .count = FRONTEND_HOP,
        .on_buffer = on_buffer,
    };
    console_puts("wake_word: listening\n");
    if (!hal_microphone_start(&microphone)) {
        console_puts("wake_word: no microphone\n");
        return 1;
    }

    uint32_t words = 0, lit = 0, reported = 0;
    for (;;) {
        while (filled == taken)
            hal_sleep();
        bool heard = listener_hear(waiting[taken % BUFFERS]);
        taken++;
        if (lit > 0 && --lit == 0)
            hal_led_set(HAL_LED_BUILTIN, false);
        if (heard) {
            hal_led_set(HAL_LED_BUILTIN, true);
            lit = LED_FRAMES;
            announce(++words, listener_score());
        }
        if (lost != reported) {
            reported = lost;
            console_puts("wake_word: lost ");
            console_put_u32(reported);
            console_puts(" buffers\n");
        }
    }
}
