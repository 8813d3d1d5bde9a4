/* Answers for vectors of features that were captured elsewhere: one vector in, one byte out, until there are no more. */
#include <stdio.h>

#include "judge.h"

int main(void)
{
    while (fread(features, sizeof features, 1, stdin) == 1)
        putchar(judge(features));
    return 0;
}
