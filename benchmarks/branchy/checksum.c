#include "work.h"

uint16_t checksum(uint16_t crc, const uint8_t *data, size_t count)
{
    for (; count > 0; count--) {
        crc ^= *data++;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc & 1u ? (uint16_t)(crc >> 1) ^ 0xa001u : (uint16_t)(crc >> 1);
    }
    return crc;
}
