#include "statistics.h"

void sense_statistics_add(sense_statistics *state, int16_t sample)
{
    if (state->count == 0)
        state->least = state->most = sample;
    if (sample < state->least)
        state->least = sample;
    if (sample > state->most)
        state->most = sample;
    state->count++;
    state->sum += sample;
    state->squares += sample * sample;
}

int32_t sense_mean(const sense_statistics *state)
{
    int32_t count = state->count, half = count / 2;
    if (count == 0)
        return 0;
    return (state->sum + (state->sum < 0 ? -half : half)) / count;
}

uint32_t sense_power(const sense_statistics *state)
{
    return state->count ? (uint32_t)((uint64_t)state->squares / state->count) : 0;
}

uint32_t sense_variance(const sense_statistics *state)
{
    /* count * squares is below 2^62, and by Cauchy and Schwarz not below the sum's square. */
    if (state->count == 0)
        return 0;
    uint64_t spread = (uint64_t)(state->squares * state->count - (int64_t)state->sum * state->sum);
    return (uint32_t)(spread / ((uint32_t)state->count * state->count));
}

uint32_t sense_crossings(const int16_t *samples, uint32_t count, int32_t level, int32_t margin)
{
    uint32_t crossings = 0;
    int side = 0;
    for (uint32_t i = 0; i < count; i++) {
        int now = samples[i] >= level + margin ? 1 : samples[i] <= level - margin ? -1 : side;
        crossings += now == -side && side;
        side = now;
    }
    return crossings;
}

void sense_sort(int32_t *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        int32_t value = values[i];
        uint32_t place = i;
        for (; place > 0 && values[place - 1] > value; place--)
            values[place] = values[place - 1];
        values[place] = value;
    }
}
