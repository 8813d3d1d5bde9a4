/* The detector wakes the core when somebody moves, a clock every quarter of an hour: then the air is measured and the
 * set-point chosen. The pin D4 is high while it is that of a home that is lived in. */
#include "console.h"
#include "features.h"
#include "hal.h"
#include "judge.h"
#include "say.h"

enum { PERIOD_US = FEATURES_PERIOD_S * 1000000 };

static volatile uint32_t n_moves;

static void on_movement(enum hal_pin pin, bool high)
{
    (void)pin;
    n_moves += high;
}

int main(void)
{
    static const char *const names[N_CLASSES] = {"away", "occupied"};
    static const int set_points[N_CLASSES] = {17, 21}; /* degrees Celsius */
    uint64_t next_us = hal_time_us();
    uint32_t n_seen = 0;
    int holds = -1;
    hal_air air;

    hal_pin_watch(HAL_PIN_D3, HAL_PULL_NONE, on_movement);
    for (;;) {
        next_us += PERIOD_US;
        hal_sleep_until(next_us);
        uint32_t moves = n_moves - n_seen;
        n_seen += moves;
        if (!hal_air_read(&air)) {
            console_puts("no air\n");
            continue;
        }
        features_add(moves, air.temperature, air.humidity);
        int now = judge(features);
        if (now == holds)
            continue;
        if (holds == AWAY && !features[MOVES] && features[USUAL] > 0)
            sense_say("usual", features[USUAL]); /* warm ahead: nobody is there, but soon somebody usually is */
        holds = now;
        hal_pin_write(HAL_PIN_D4, now == OCCUPIED);
        sense_say("set_point", set_points[now]);
        sense_say_class(names[now]);
    }
}
