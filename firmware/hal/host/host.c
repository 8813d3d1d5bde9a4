/* The C library calls main itself and ends with what it returns: nothing to do before or after. */
#include <stdio.h>
#include <stdlib.h>

#include "hal.h"

void hal_init(void) {}

void hal_sleep(void) {}

void hal_exit(int code)
{
    exit(code);
}

uint32_t hal_cycles(void)
{
    return 0; /* no cycle is counted here */
}

void hal_console_write(const char *text, size_t length)
{
    fwrite(text, 1, length, stdout);
}
