#include "decision.h"

bool sense_detect(sense_detector *state, bool yes)
{
    uint32_t window = state->of < 32 ? (1u << state->of) - 1 : ~0u;
    state->recent = (state->recent << 1 | yes) & window;
    if (state->quiet > 0) {
        state->quiet--;
        return false;
    }
    if (__builtin_popcount(state->recent) < state->need)
        return false;
    state->quiet = state->refractory;
    return true;
}

bool sense_hold(sense_holder *state, bool event)
{
    if (event) {
        state->left = state->hold;
        return true;
    }
    if (state->left == 0)
        return false;
    state->left--;
    return true;
}

static uint8_t following(uint8_t next, uint8_t of)
{
    return next + 1 < of ? next + 1 : 0;
}

uint8_t sense_smooth(sense_smoother *state, uint8_t score)
{
    state->recent[state->next] = score;
    state->next = following(state->next, state->of);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < state->of; i++)
        sum += state->recent[i];
    return (uint8_t)(sum / state->of);
}

int sense_elect(sense_vote *state, int class_number)
{
    uint8_t named = (uint8_t)(class_number + 1);
    state->recent[state->next] = named;
    state->next = following(state->next, state->of);
    uint32_t votes = 0;
    for (uint32_t i = 0; i < state->of; i++)
        votes += state->recent[i] == named;
    if (votes >= state->need)
        state->holds = named;
    return state->holds - 1;
}

int sense_highest(const int8_t *scores, int count)
{
    int best = 0;
    for (int one = 1; one < count; one++)
        if (scores[one] > scores[best])
            best = one;
    return best;
}
