#include "integer.h"

uint32_t sense_sqrt(uint64_t value)
{
    uint64_t root = 0, bit = (uint64_t)1 << 62;
    while (bit > value)
        bit >>= 2;
    for (; bit; bit >>= 2) {
        uint64_t tried = root + bit;
        root >>= 1;
        if (value >= tried) {
            value -= tried;
            root += bit;
        }
    }
    return (uint32_t)root;
}

/* log2(1 + i / 32) in 1/4096: straight lines between these are within 2^-12 of the curve. */
static const uint16_t log2_q12[33] = {
    0,    182,  358,  530,  696,  858,  1016, 1169, 1319, 1465, 1607, 1746, 1882, 2015, 2145, 2272, 2396,
    2518, 2637, 2754, 2869, 2982, 3092, 3200, 3307, 3412, 3514, 3615, 3715, 3812, 3908, 4003, 4096,
};

int32_t sense_log2_q8(uint64_t value)
{
    if (value == 0)
        return 0;
    int zeros = __builtin_clzll(value);
    uint32_t fraction = (uint32_t)((value << zeros) >> 43) & 0xfffff; /* after the leading 1: Q20 */
    uint32_t low = log2_q12[fraction >> 15], high = log2_q12[(fraction >> 15) + 1];
    uint32_t part = low + (((high - low) * (fraction & 0x7fff)) >> 15);
    return (63 - zeros) * 256 + (int32_t)((part + 8) >> 4);
}
