/* Four kinds of integer code that everyday firmware is made of. Each returns a value that depends on all of
 * its work, so that nothing can be left out. */
#ifndef BRANCHY_WORK_H
#define BRANCHY_WORK_H

#include <stddef.h>
#include <stdint.h>

uint32_t list_work(uint32_t seed);   /* build, merge-sort, search and reverse a linked list */
uint32_t parser_work(uint32_t seed); /* print numbers as text, then read them with a state machine */
uint32_t matrix_work(uint32_t seed); /* 16-bit matrices, 32-bit sums */
uint16_t checksum(uint16_t crc, const uint8_t *data, size_t count); /* CRC-16/ARC, bit by bit */

static inline uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

#endif
