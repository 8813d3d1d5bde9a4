/* Everything sleeps until the leaf moves or the contact changes; then a look every quarter of a second, until nothing has
 * happened for two. The yellow LED flashes when the door is opened, the red one when it is only shaken. */
#include "console.h"
#include "decision.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "queue.h"
#include "say.h"

enum { CONTACT = HAL_PIN_D7, QUIET = 2000 / FEATURES_BLOCK_MS, BOUNCE_US = 5000, WAKE_MG = 16,
       KEPT = 2 * FEATURES_RATE_HZ * FEATURES_BLOCK_MS / 1000 /* of a look, and as many from before the first */ };

typedef struct {
    uint64_t at_us;
    bool open;
} change;

static change room[64];
static sense_queue changes = SENSE_QUEUE(room);
static volatile bool woken;

static void on_motion(void)
{
    woken = true;
}

static void on_contact(enum hal_pin pin, bool high)
{
    change now = {.at_us = hal_time_us(), .open = high}; /* without the magnet the pull-up has it */

    (void)pin;
    sense_queue_put(&changes, &now);
    woken = true;
}

static struct {
    uint64_t since_us;
    bool open;
    uint32_t open_us, openings; /* since the last look */
} contact;

static void take(change now)
{
    uint64_t lasted = now.at_us - contact.since_us;

    if (contact.open)
        contact.open_us += (uint32_t)lasted;
    contact.openings += now.open && !contact.open && lasted > BOUNCE_US;
    contact.open = now.open;
    contact.since_us = now.at_us;
}

/* Features of what was since the last look; what there was to see: whether the leaf moved or the contact changed. */
static bool look(void)
{
    static hal_motion_sample samples[KEPT];
    bool moved;
    const change *oldest;

    contact.open_us = contact.openings = 0;
    size_t count = hal_motion_read(samples, &moved);
    while ((oldest = sense_queue_front(&changes))) {
        take(*oldest);
        sense_queue_drop(&changes);
        moved = true;
    }
    take((change){.at_us = hal_time_us(), .open = contact.open});
    for (size_t i = 0; i < count; i++)
        features_add(samples[i].acceleration, 1000000 / (int32_t)hal_motion_step_ug());
    features_end_block(contact.open_us / 1000, contact.openings);
    return moved;
}

static void handled(bool *opened)
{
    static const char *const names[N_CLASSES] = {[SHAKEN] = "shaken", [OPENED] = "opened"};
    static const enum hal_led leds[N_CLASSES] = {[SHAKEN] = HAL_LED_RED, [OPENED] = HAL_LED_BUILTIN};
    sense_detector seen[N_CLASSES] = {[SHAKEN] = {.need = 2, .of = 3}, [OPENED] = {.need = 2, .of = 3}};
    bool said[N_CLASSES] = {[SHAKEN] = *opened, [OPENED] = *opened}; /* an open door may well be shaken */
    uint64_t next_us = hal_time_us();

    features_begin();
    for (unsigned quiet = 0; quiet < QUIET;) {
        next_us += FEATURES_BLOCK_MS * 1000;
        hal_sleep_until(next_us);
        woken = false;
        quiet = look() ? 0 : quiet + 1;
        int what = quiet == 0 || contact.open ? judge(features) : KNOCKED; /* a closed leaf at rest is at rest */
        for (int class = SHAKEN; class <= OPENED; class++) {
            bool now = sense_detect(&seen[class], what == class) && !said[class];
            hal_led_set(leds[class], now);
            if (now) {
                said[class] = said[SHAKEN] = true;
                sense_say(names[class], 1);
            }
        }
    }
    *opened = said[OPENED] && contact.open;
}

int main(void)
{
    const hal_motion_config motion = {.rate_mhz = FEATURES_RATE_HZ * 1000,
                                      .acceleration_g = 2,
                                      .wake_mg = WAKE_MG,
                                      .kept = KEPT,
                                      .on_motion = on_motion};
    bool opened = false;

    if (!hal_motion_start(&motion)) {
        console_puts("no accelerometer\n");
        return 1;
    }
    hal_pin_watch(CONTACT, HAL_PULL_NONE, on_contact); /* the board pulls it up */
    contact.open = hal_pin_read(CONTACT);
    console_puts("watching\n");
    for (;;) {
        while (!woken)
            hal_sleep();
        handled(&opened);
    }
}
