#include "judge.h"

#include <string.h>

#include "nn.h"

enum { SURE = 220 - 128 }; /* nn_output is the probability in 1/256, less 128 */

__attribute__((noinline)) int judge(const feature *features)
{
    memcpy(nn_input, features, FEATURES);
    nn_invoke();
    if (nn_output[WORD] >= SURE)
        return WORD;
    return nn_output[OTHER] > nn_output[NOISE] ? OTHER : NOISE;
}
