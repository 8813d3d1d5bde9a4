#include "judge.h"

#include "nn.h"

__attribute__((noinline)) int judge(const feature *features)
{
    for (int i = 0; i < FEATURES; i++)
        nn_input[i] = features[i];
    nn_invoke();
    int best = 0;
    for (int scene = 1; scene < SCENES; scene++)
        if (nn_output[scene] > nn_output[best])
            best = scene;
    return best;
}
