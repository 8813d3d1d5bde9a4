/* Stands for what a large firmware carries along: tables, fonts, sound. Every word of it is read. */
#ifndef WHOLE_TABLE_H
#define WHOLE_TABLE_H

#include <stdint.h>

enum { TABLE_WORDS = 17 << 12 };

uint32_t table_checksum(uint32_t crc); /* CRC-32 (IEEE 802.3) of all of it, four bits at a time */

#endif
