#include "judge.h"

#include "nn.h"
#include "string.h"

__attribute__((noinline)) int judge(const feature *features)
{
    memcpy(nn_input, features, N_FEATURES);
    nn_invoke();

    int best = NOTHING;
    for (int gesture = SWIPE_LEFT; gesture < N_CLASSES; gesture++)
        if (nn_output[gesture] > nn_output[best])
            best = gesture;
    return best;
}
