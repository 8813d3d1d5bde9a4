/* The judge while an app is trained: it is called with every vector of features, and answers class 0. */
#include "judge.h"

__attribute__((noinline)) int judge(const feature *features)
{
    (void)features;
    return 0;
}
