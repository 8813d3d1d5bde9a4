#include "judge.h"

#include "nn.h"

__attribute__((noinline)) int judge(const feature *features)
{
    for (int i = 0; i < FEATURES; i++)
        nn_input[i] = features[i];
    nn_invoke();
    return nn_output[SPEECH] > nn_output[NOISE] ? SPEECH : NOISE;
}
