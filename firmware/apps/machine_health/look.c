#include "look.h"

#include "biquad.h"
#include "integer.h"

/* scipy.signal.butter(4, 2500, "highpass", fs=80000 / 3, output="sos") */
static const sense_biquad_design high_pass[] = {
    {SENSE_BIQUAD_Q29(0.45698284991818816), SENSE_BIQUAD_Q29(-0.9139656998363763),
     SENSE_BIQUAD_Q29(0.45698284991818816), SENSE_BIQUAD_Q29(-1.0988972699656414),
     SENSE_BIQUAD_Q29(0.32163250912143704)},
    {SENSE_BIQUAD_Q29(1.0), SENSE_BIQUAD_Q29(-2.0), SENSE_BIQUAD_Q29(1.0),
     SENSE_BIQUAD_Q29(-1.371374655125205), SENSE_BIQUAD_Q29(0.6493382738637062)},
};
enum { SECTIONS = sizeof high_pass / sizeof *high_pass, FRACTION = 4, PER_STEP = 4 };

int16_t look_slow[LOOK_POINTS], look_ring[LOOK_POINTS];

static sense_biquad_state states[SECTIONS];
static int32_t sum, loud;
static uint32_t n_samples, n_points;

void look_begin(void)
{
    for (unsigned i = 0; i < SECTIONS; i++)
        states[i] = (sense_biquad_state){0};
    sum = loud = 0;
    n_samples = n_points = 0;
}

static int16_t point(int32_t value)
{
    return (int16_t)sense_clamp(value, INT16_MIN, INT16_MAX);
}

bool look_add(int16_t sample)
{
    int32_t high = sample * (1 << FRACTION);

    for (unsigned i = 0; i < SECTIONS; i++)
        high = sense_biquad(&high_pass[i], &states[i], high);
    sum += sample;
    loud += high < 0 ? -high : high;
    if (++n_samples < LOOK_DOWN)
        return false;
    if (n_points >= LOOK_SETTLING) {
        look_slow[n_points - LOOK_SETTLING] = point(sum / (LOOK_DOWN / PER_STEP));
        look_ring[n_points - LOOK_SETTLING] = point(loud / ((LOOK_DOWN / PER_STEP) << FRACTION));
    }
    sum = loud = 0;
    n_samples = 0;
    return ++n_points == LOOK_SETTLING + LOOK_POINTS;
}
