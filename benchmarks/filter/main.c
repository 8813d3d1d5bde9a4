/* A vibration monitor's inner loop: two biquads, a 16-tap filter and the root mean square of each frame. */
#include "console.h"

enum { FRAME = 256, TAPS = 16 };

const volatile uint32_t bench_rounds = 1; /* the benchmark writes another number into the image */

typedef struct {
    float b0, b1, b2, a1, a2, z1, z2;
} biquad;

static float frame[FRAME + TAPS];

static float biquad_step(biquad *f, float x)
{
    const float y = f->b0 * x + f->z1;
    f->z1 = f->b1 * x - f->a1 * y + f->z2;
    f->z2 = f->b2 * x - f->a2 * y;
    return y;
}

static float root(float square)
{
    float result;
    __asm("vsqrt.f32 %0, %1" : "=t"(result) : "t"(square));
    return result;
}

int main(void)
{
    /* Butterworth low-pass and high-pass of second order, corners at 0.2 and 0.02 of the sampling rate. */
    biquad low = {0.206572f, 0.413144f, 0.206572f, -0.369527f, 0.195816f, 0, 0};
    biquad high = {0.914969f, -1.829938f, 0.914969f, -1.822695f, 0.837182f, 0, 0};
    float taps[TAPS];
    for (unsigned i = 0; i < TAPS; i++)
        taps[i] = (float)(i < TAPS / 2 ? i + 1 : TAPS - i) / 72.0f;

    uint32_t seed = 1, sum = 0;
    for (uint32_t round = bench_rounds; round > 0; round--) {
        for (unsigned i = 0; i < TAPS; i++)
            frame[i] = frame[FRAME + i];
        for (unsigned i = 0; i < FRAME; i++) {
            seed = seed * 1664525u + 1013904223u;
            const float x = (float)(int32_t)seed * (1.0f / 2147483648.0f);
            frame[TAPS + i] = biquad_step(&high, biquad_step(&low, x));
        }
        float energy = 0;
        for (unsigned i = 0; i < FRAME; i++) {
            float y = 0;
            for (unsigned k = 0; k < TAPS; k++)
                y += taps[k] * frame[i + k];
            energy += y * y;
        }
        sum = sum * 31u + (uint32_t)(root(energy / FRAME) * 1e6f);
    }
    console_puts("sum ");
    console_put_hex32(sum);
    console_putc('\n');
    return 0;
}
