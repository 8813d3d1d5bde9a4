#include "features.h"

#include "integer.h"

enum {
    GATE = FEATURES_STEPS_PER_PERCENT * 8 / 10, /* there is smoke from 0.8 %/m on */
    GONE = 4,                                   /* readings below half of that: the smoke has gone */
    KEPT = 64,                                  /* readings, a power of two: 8.5 minutes */
    FOUR = 4,
    TWO_MINUTES = 15,
    EIGHT_MINUTES = 60,
    FINE = 64,                                  /* of a step: what is usual is kept in such parts */
    PACE = 128,                                 /* readings, 17 minutes: the time constant with which it follows */
};

feature features[N_FEATURES];

static int16_t smokes[KEPT], heats[KEPT];
static uint32_t n_taken;
static int32_t usual_smoke, usual_heat; /* in clear air, in 1/FINE steps */
static struct {
    bool on;
    uint8_t n_clear;
    int16_t age;
    int32_t highest;
} event;

static int32_t since(const int16_t *kept, uint32_t back)
{
    return kept[(n_taken - 1 - back) % KEPT];
}

/* Mean of the four readings that end `back` before the newest. */
static int32_t mean_of_four(const int16_t *kept, uint32_t back)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < FOUR; i++)
        sum += since(kept, back + i);
    return (sum + FOUR / 2) / FOUR;
}

static int32_t flutter(int32_t mean)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < TWO_MINUTES; i++) {
        int32_t bend = 2 * since(smokes, i + 1) - since(smokes, i) - since(smokes, i + 2);
        sum += bend < 0 ? -bend : bend;
    }
    return mean > 0 ? sum * 128 / TWO_MINUTES / mean : 0;
}

static void describe(void)
{
    int32_t mean = mean_of_four(smokes, 0), usual = usual_smoke / FINE;
    int32_t smoke = mean - usual;

    if (smoke > event.highest)
        event.highest = smoke;
    features[SMOKE] = sense_int16(smoke);
    features[RISE] = sense_int16(mean - mean_of_four(smokes, FOUR));
    features[RISE_2] = sense_int16(mean - mean_of_four(smokes, TWO_MINUTES));
    features[RISE_8] = sense_int16(mean - mean_of_four(smokes, EIGHT_MINUTES));
    features[FLUTTER] = sense_int16(flutter(smoke));
    features[FADED] = sense_int16(event.highest > 0 ? (event.highest - smoke) * 256 / event.highest : 0);
    features[AGE] = sense_int16(event.age);
    features[WARM] = sense_int16(mean_of_four(heats, 0) - (usual_heat / FINE));
    features[WARM_2] = sense_int16(mean_of_four(heats, 0) - mean_of_four(heats, TWO_MINUTES));
}

static void begin(int16_t smoke, int16_t heat)
{
    for (uint32_t i = 0; i < KEPT; i++) {
        smokes[i] = smoke;
        heats[i] = heat;
    }
    usual_smoke = smoke * FINE;
    usual_heat = heat * FINE;
}

static void look_for_smoke(int32_t above)
{
    if (!event.on && above > GATE) {
        event.on = true;
        event.age = 0;
        event.highest = 0;
        event.n_clear = 0;
    } else if (event.on) {
        event.n_clear = above < GATE / 2 ? (uint8_t)(event.n_clear + 1) : 0;
        event.on = event.n_clear < GONE;
        event.age = event.age < INT16_MAX ? (int16_t)(event.age + 1) : event.age;
    }
}

bool features_add(int16_t smoke, int16_t heat)
{
    if (n_taken == 0)
        begin(smoke, heat);
    smokes[n_taken % KEPT] = smoke;
    heats[n_taken % KEPT] = heat;
    n_taken++;
    look_for_smoke(smoke - (usual_smoke / FINE));
    if (event.on) {
        describe();
        return true;
    }
    usual_smoke += (smoke * FINE - usual_smoke) / PACE;
    usual_heat += (heat * FINE - usual_heat) / PACE;
    return false;
}
