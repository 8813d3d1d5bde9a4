#include "detector.h"

__attribute__((noinline)) bool detector_update(detector *state, uint8_t score)
{
    uint32_t sum = score;
    for (int i = 0; i < DETECTOR_SMOOTH - 1; i++) {
        state->recent[i] = state->recent[i + 1];
        sum += state->recent[i];
    }
    state->recent[DETECTOR_SMOOTH - 1] = score;
    state->score = (uint8_t)(sum / DETECTOR_SMOOTH);
    if (state->quiet > 0) {
        state->quiet--;
        return false;
    }
    if (sum < DETECTOR_THRESHOLD * DETECTOR_SMOOTH)
        return false;
    state->quiet = DETECTOR_REFRACTORY;
    return true;
}
