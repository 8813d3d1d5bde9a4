#include "vibration.h"

/* Every engine must round alike: a multiplication and an addition are two operations everywhere. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

enum { FRAME = 256, TAPS = 16 };

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
#if defined(__ARM_FP) && defined(__thumb__)
    float result;
    __asm("vsqrt.f32 %0, %1" : "=t"(result) : "t"(square));
    return result;
#else
    return __builtin_sqrtf(square);
#endif
}

void vibration_init(vibration *v)
{
    /* Butterworth low-pass and high-pass of second order, corners at 0.2 and 0.02 of the sampling rate. */
    v->low = (biquad){0.206572f, 0.413144f, 0.206572f, -0.369527f, 0.195816f, 0, 0};
    v->high = (biquad){0.914969f, -1.829938f, 0.914969f, -1.822695f, 0.837182f, 0, 0};
    for (unsigned i = 0; i < TAPS; i++)
        v->taps[i] = (float)(i < TAPS / 2 ? i + 1 : TAPS - i) / 72.0f;
    v->seed = 1;
}

uint32_t vibration_frame(vibration *v)
{
    biquad low = v->low, high = v->high;
    uint32_t seed = v->seed;
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
            y += v->taps[k] * frame[i + k];
        energy += y * y;
    }
    v->low = low;
    v->high = high;
    v->seed = seed;
    return (uint32_t)(root(energy / FRAME) * 1e6f);
}
