#include "judge.h"

#include <string.h>

#include "nn.h"

__attribute__((noinline)) int judge(const feature *features)
{
    memcpy(nn_input, features, FEATURES);
    nn_invoke();
    return nn_output[SPEECH] > nn_output[NOISE] ? SPEECH : NOISE;
}
