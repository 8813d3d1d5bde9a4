/* For the library, which loads four values with a memcpy: freestanding code has to ask for that to be one instruction. */
#include_next <string.h>

#ifndef COINCELL_NN_CMSIS_STRING_H
#define COINCELL_NN_CMSIS_STRING_H

#define memcpy(to, from, count) __builtin_memcpy(to, from, count)
#define memset(to, value, count) __builtin_memset(to, value, count)

#endif
