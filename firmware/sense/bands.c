#include "bands.h"

#include "integer.h"
#include "spectrum.h"

static int32_t level(uint64_t power)
{
    return (sense_log2_q8(power) + 16) >> 5;
}

void sense_bands(const int32_t *bins, const uint16_t *edges, uint32_t count, sense_band *bands)
{
    for (uint32_t band = 0; band < count; band++) {
        uint64_t sum = 0, most = 0;
        for (uint32_t bin = edges[band]; bin < edges[band + 1]; bin++) {
            uint64_t power = sense_bin_power(bins, bin);
            sum += power;
            if (power > most)
                most = power;
        }
        bands[band].level = (int16_t)level(sum);
        bands[band].line = (int16_t)(level(most * (edges[band + 1] - edges[band])) - level(sum));
    }
}
