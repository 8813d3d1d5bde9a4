#include "biquad.h"

enum { FRACTION_BITS = 29 };

int32_t sense_biquad(const sense_biquad_design *design, sense_biquad_state *state, int32_t x)
{
    int64_t sum = (int64_t)design->b0 * x + (int64_t)design->b1 * state->x1 + (int64_t)design->b2 * state->x2;
    sum -= (int64_t)design->a1 * state->y1 + (int64_t)design->a2 * state->y2;
    sum += state->rest;
    int32_t y = (int32_t)(sum >> FRACTION_BITS);
    state->rest = (uint32_t)sum & ((1u << FRACTION_BITS) - 1);
    state->x2 = state->x1;
    state->x1 = x;
    state->y2 = state->y1;
    state->y1 = y;
    return y;
}
