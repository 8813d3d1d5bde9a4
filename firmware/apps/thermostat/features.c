#include "features.h"

#include "integer.h"

enum {
    HOUR = 4,
    KEPT = 4 * HOUR,
    FINE = 64, /* of a hundredth of a percent: the mean is kept in such parts */
    PART = 8,  /* of a movement: so fine is what is usual */
    UNKNOWN = -1,
    PACE = 4,  /* days: what is usual follows a quarter of the way */
};

feature features[N_FEATURES];

static uint16_t moves_in[KEPT];
static int16_t temperatures[KEPT], humidities[KEPT];
static int16_t usual[2][FEATURES_DAY]; /* movements in 1/PART, and 1; of working days and of weekends */
static uint32_t n_taken, n_moves, still;
static int32_t mean_damp;

static uint32_t recent(uint32_t quarters)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < quarters && i < n_taken; i++)
        sum += moves_in[(n_taken - 1 - i) % KEPT];
    return sum;
}

/* The newest less that of so many quarters before, or of the first. */
static int32_t change(const int16_t *kept, uint32_t quarters)
{
    uint32_t ago = quarters < n_taken ? quarters : n_taken - 1;
    return kept[(n_taken - 1) % KEPT] - kept[(n_taken - 1 - ago) % KEPT];
}

static int16_t *usual_of(uint32_t quarter)
{
    return &usual[quarter / FEATURES_DAY % 7 >= 5][quarter % FEATURES_DAY];
}

static void learn(uint32_t quarter, uint32_t moves)
{
    int16_t *mean = usual_of(quarter);
    int32_t now = (int32_t)(moves < INT16_MAX / PART ? moves : INT16_MAX / PART - 1) * PART + 1;
    *mean = (int16_t)(*mean ? *mean + (now - *mean) / PACE : now);
}

/* Mean of the hour that begins with `quarter`, as far as it is known. */
static int32_t usual_from(uint32_t quarter)
{
    int32_t sum = 0, n = 0;
    for (uint32_t i = 0; i < HOUR; i++) {
        int32_t mean = *usual_of(quarter + i);
        sum += mean ? mean - 1 : 0;
        n += mean != 0;
    }
    return n ? sum / n : UNKNOWN;
}

void features_add(uint32_t moves, int32_t temperature, int32_t humidity)
{
    uint32_t over = n_taken++, at = over % KEPT;

    moves_in[at] = (uint16_t)(moves < UINT16_MAX ? moves : UINT16_MAX);
    temperatures[at] = (int16_t)temperature;
    humidities[at] = (int16_t)humidity;
    n_moves += moves_in[at];
    still = moves ? 0 : still < FEATURES_DAY ? still + 1 : still;
    uint32_t n_mean = n_taken < FEATURES_DAY ? n_taken : FEATURES_DAY;
    mean_damp += (humidity * FINE - mean_damp) / (int32_t)n_mean;
    features[QUARTER] = sense_int16(n_taken % FEATURES_DAY);
    features[WEEKEND] = sense_int16(n_taken / FEATURES_DAY % 7 >= 5);
    features[MOVES] = sense_int16((int32_t)recent(1));
    features[MOVES_60] = sense_int16((int32_t)recent(HOUR));
    features[MOVES_240] = sense_int16((int32_t)recent(4 * HOUR));
    features[STILL] = sense_int16((int32_t)still);
    features[WARMER] = sense_int16(change(temperatures, HOUR));
    features[DAMPER] = sense_int16(change(humidities, HOUR));
    features[DAMPER_3] = sense_int16(change(humidities, 3 * HOUR));
    features[DAMP] = sense_int16(humidity - mean_damp / FINE);
    if (over >= HOUR) /* an hour late, so that all of the last hour is from days before */
        learn(over - HOUR, moves_in[(at + KEPT - HOUR) % KEPT]);
    features[USUAL_NOW] = sense_int16(n_taken >= HOUR ? usual_from(n_taken - HOUR) : UNKNOWN);
    features[USUAL] = sense_int16(usual_from(n_taken));
    features[USUAL_2] = sense_int16(usual_from(n_taken + HOUR));
    features[LIVELY] = sense_int16((int32_t)(n_moves / n_taken * PART + n_moves % n_taken * PART / n_taken));
}
