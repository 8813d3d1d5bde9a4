#include "table.h"

/* Words without a pattern, made by the preprocessor: 17 times 4^6 of them. */
#define WORD(n) ((uint32_t)(n) * 2654435761u ^ (uint32_t)(n) * 40503u >> 7),
#define W4(n) WORD(n) WORD((n) + 1) WORD((n) + 2) WORD((n) + 3)
#define W16(n) W4(n) W4((n) + 4) W4((n) + 8) W4((n) + 12)
#define W64(n) W16(n) W16((n) + 16) W16((n) + 32) W16((n) + 48)
#define W256(n) W64(n) W64((n) + 64) W64((n) + 128) W64((n) + 192)
#define W1K(n) W256(n) W256((n) + 256) W256((n) + 512) W256((n) + 768)
#define W4K(n) W1K(n) W1K((n) + 1024) W1K((n) + 2048) W1K((n) + 3072)
#define W16K(n) W4K(n) W4K((n) + 4096) W4K((n) + 8192) W4K((n) + 12288)

static const uint32_t table[TABLE_WORDS] = {W16K(0) W16K(16384) W16K(32768) W16K(49152) W4K(65536)};

static const uint32_t of_nibble[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t table_checksum(uint32_t crc)
{
    for (unsigned i = 0; i < TABLE_WORDS; i++) {
        crc ^= table[i];
        for (unsigned nibble = 0; nibble < 8; nibble++)
            crc = crc >> 4 ^ of_nibble[crc & 15u];
    }
    return crc;
}
