#include "nn_cmsis.h"

void nn_cmsis_refused(void)
{
    __builtin_trap();
}
