#include "spectrum.h"

enum { QUARTER = SENSE_SPECTRUM_MAX / 4 };

/* sin(2 pi k / SENSE_SPECTRUM_MAX) in Q15, a quarter of a turn. */
static const int16_t quarter[QUARTER + 1] = {
    0, 201, 402, 603, 804, 1005, 1206, 1407, 1608, 1809, 2009, 2210, 2411, 2611,
    2811, 3012, 3212, 3412, 3612, 3812, 4011, 4211, 4410, 4609, 4808, 5007, 5205, 5404,
    5602, 5800, 5998, 6195, 6393, 6590, 6787, 6983, 7180, 7376, 7571, 7767, 7962, 8157,
    8351, 8546, 8740, 8933, 9127, 9319, 9512, 9704, 9896, 10088, 10279, 10469, 10660, 10850,
    11039, 11228, 11417, 11605, 11793, 11980, 12167, 12354, 12540, 12725, 12910, 13095, 13279, 13463,
    13646, 13828, 14010, 14192, 14373, 14553, 14733, 14912, 15091, 15269, 15447, 15624, 15800, 15976,
    16151, 16326, 16500, 16673, 16846, 17018, 17190, 17361, 17531, 17700, 17869, 18037, 18205, 18372,
    18538, 18703, 18868, 19032, 19195, 19358, 19520, 19681, 19841, 20001, 20160, 20318, 20475, 20632,
    20788, 20943, 21097, 21251, 21403, 21555, 21706, 21856, 22006, 22154, 22302, 22449, 22595, 22740,
    22884, 23028, 23170, 23312, 23453, 23593, 23732, 23870, 24008, 24144, 24279, 24414, 24548, 24680,
    24812, 24943, 25073, 25202, 25330, 25457, 25583, 25708, 25833, 25956, 26078, 26199, 26320, 26439,
    26557, 26674, 26791, 26906, 27020, 27133, 27246, 27357, 27467, 27576, 27684, 27791, 27897, 28002,
    28106, 28209, 28311, 28411, 28511, 28610, 28707, 28803, 28899, 28993, 29086, 29178, 29269, 29359,
    29448, 29535, 29622, 29707, 29792, 29875, 29957, 30038, 30118, 30196, 30274, 30350, 30425, 30499,
    30572, 30644, 30715, 30784, 30853, 30920, 30986, 31050, 31114, 31177, 31238, 31298, 31357, 31415,
    31471, 31527, 31581, 31634, 31686, 31737, 31786, 31834, 31881, 31927, 31972, 32015, 32058, 32099,
    32138, 32177, 32214, 32251, 32286, 32319, 32352, 32383, 32413, 32442, 32470, 32496, 32522, 32546,
    32568, 32590, 32610, 32629, 32647, 32664, 32679, 32693, 32706, 32718, 32729, 32738, 32746, 32753,
    32758, 32762, 32766, 32767, 32767,
};

/* Sine and cosine of 0 <= k <= SENSE_SPECTRUM_MAX / 2 steps, half a turn. */
static inline int32_t sine(uint32_t k)
{
    return quarter[k <= QUARTER ? k : 2 * QUARTER - k];
}

static inline int32_t cosine(uint32_t k)
{
    return k <= QUARTER ? quarter[QUARTER - k] : -quarter[k - QUARTER];
}

/* Half of a * x + b * y, where x and y are Q15 turned into Q31: the high word of the sum. */
static inline int32_t half_mul_add(int32_t a, int32_t x, int32_t b, int32_t y)
{
    return (int32_t)(((int64_t)a * (x * 65536) + (int64_t)b * (y * 65536)) >> 32);
}

/* Q14 window on samples less their mean, which have 17 bits: at most 2^30, as a complex number below 2^31. */
static void apply_window(const int16_t *samples, uint32_t size, int32_t *z)
{
    uint32_t step = SENSE_SPECTRUM_MAX / size;
    int32_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum += samples[i];
    int32_t mean = sum / (int32_t)size; /* within half a sample: bin 0 keeps what is left */
    for (uint32_t i = 0; i <= size / 2; i++) {
        int32_t window = (32768 - cosine(step * i)) >> 2;
        z[i] = (samples[i] - mean) * window;
        if (i > 0) /* it is symmetric */
            z[size - i] = (samples[size - i] - mean) * window;
    }
}

static void reverse_order(int32_t *z, uint32_t count)
{
    for (uint32_t i = 1, j = 0; i < count; i++) {
        uint32_t bit = count >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            int32_t re = z[2 * i], im = z[2 * i + 1];
            z[2 * i] = z[2 * j];
            z[2 * i + 1] = z[2 * j + 1];
            z[2 * j] = re;
            z[2 * j + 1] = im;
        }
    }
}

/* Butterflies of one twiddle factor, `stride` words apart; what each halves keeps magnitudes from growing. A function
 * of its own: within the other loops a Cortex-M's registers do not last. */
__attribute__((noinline)) static void butterflies(int32_t *a, const int32_t *end, uint32_t stride, int32_t c, int32_t s)
{
    int32_t *b = a + stride / 2, minus = -s;
    for (; a < end; a += stride, b += stride) {
        int32_t re = half_mul_add(b[0], c, b[1], s), im = half_mul_add(b[1], c, b[0], minus);
        int32_t ar = a[0] >> 1, ai = a[1] >> 1;
        a[0] = ar + re;
        a[1] = ai + im;
        b[0] = ar - re;
        b[1] = ai - im;
    }
}

/* Radix-2, decimation in time, on `count` complex numbers. */
static void transform(int32_t *z, uint32_t count)
{
    reverse_order(z, count);
    for (uint32_t span = 1, step = SENSE_SPECTRUM_MAX / 2; span < count; span *= 2, step /= 2)
        for (uint32_t k = 0; k < span; k++)
            butterflies(z + 2 * k, z + 2 * count, 4 * span, cosine(k * step), sine(k * step));
}

/* Bins k and count - k of the real transform, halved, from those of even samples as real and odd as imaginary
 * parts: E = (Z[k] + Z*[count - k]) / 2, O = (Z[k] - Z*[count - k]) / 2i, X[k] = E + O e^(-2 pi i k / 2count). */
static void untangle(int32_t *z, uint32_t count)
{
    uint32_t step = SENSE_SPECTRUM_MAX / (2 * count);
    int32_t re = z[0] >> 1, im = z[1] >> 1;
    z[0] = re + im;
    z[1] = 0;
    z[2 * count] = re - im;
    z[2 * count + 1] = 0;
    for (uint32_t k = 1; k <= count / 2; k++) {
        int32_t *a = z + 2 * k, *b = z + 2 * (count - k);
        int32_t ar = a[0] >> 1, ai = a[1] >> 1, br = b[0] >> 1, bi = b[1] >> 1;
        int32_t even_re = ar + br, even_im = ai - bi, odd_re = ai + bi, odd_im = br - ar;
        int32_t c = cosine(k * step), s = sine(k * step);
        int32_t re_turned = half_mul_add(odd_re, c, odd_im, s), im_turned = half_mul_add(odd_im, c, odd_re, -s);
        a[0] = (even_re >> 1) + re_turned;
        a[1] = (even_im >> 1) + im_turned;
        b[0] = (even_re >> 1) - re_turned;
        b[1] = im_turned - (even_im >> 1);
    }
}

void sense_spectrum(const int16_t *samples, uint32_t size, int32_t *bins)
{
    apply_window(samples, size, bins);
    transform(bins, size / 2);
    untangle(bins, size / 2);
}

uint64_t sense_bin_power(const int32_t *bins, uint32_t bin)
{
    int64_t re = bins[2 * bin], im = bins[2 * bin + 1];
    return (uint64_t)(re * re + im * im) >> 8;
}

uint64_t sense_band_power(const int32_t *bins, uint32_t first, uint32_t end)
{
    uint64_t sum = 0;
    for (uint32_t bin = first; bin < end; bin++)
        sum += sense_bin_power(bins, bin);
    return sum;
}

uint32_t sense_peak(const int32_t *bins, uint32_t first, uint32_t end)
{
    uint32_t best = first;
    uint64_t most = 0;
    for (uint32_t bin = first; bin < end; bin++) {
        uint64_t power = sense_bin_power(bins, bin);
        if (power > most) {
            most = power;
            best = bin;
        }
    }
    return best;
}
