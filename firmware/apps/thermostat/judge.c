/* What the forest says, that coincell train made. */
#include "judge.h"
#include "model.h"

__attribute__((noinline)) int judge(const feature *features)
{
    return model_predict(features);
}
