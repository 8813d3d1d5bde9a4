#include "listener.h"

#include <string.h>

#include "detector.h"
#include "nn.h"

static int8_t features[LISTENER_FRAMES][FRONTEND_BANDS]; /* oldest first */
static uint32_t frames;                                  /* heard so far */
static uint32_t inferences;
static uint8_t last_score;
static detector ears;

static uint8_t infer(void)
{
    memcpy(nn_input, features, sizeof features);
    nn_invoke();
    inferences++;
    return (uint8_t)(nn_output[LISTENER_WAKE] + 128); /* int8 with zero point -128 and scale 1/256 */
}

bool listener_hear(const int16_t *samples)
{
    memmove(features[0], features[1], sizeof features - sizeof features[0]);
    frontend_process(samples, features[LISTENER_FRAMES - 1]);
    frames++;
    if (frames < LISTENER_FRAMES || (frames - LISTENER_FRAMES) % LISTENER_FRAMES_PER_INFERENCE)
        return false;
    last_score = infer();
    return detector_update(&ears, last_score);
}

uint8_t listener_score(void)
{
    return ears.score;
}

uint8_t listener_last_score(void)
{
    return last_score;
}

uint32_t listener_inferences(void)
{
    return inferences;
}
