/* A program whose result depends on when each thing happens: a tick interrupt that preempts everything, a
 * counter register that tells the time of each access, conditional code, divisions and floating point. */
typedef unsigned int u32;
typedef int i32;
typedef signed char i8;

#define SYST_CSR (*(volatile u32 *)0xE000E010)
#define SYST_RVR (*(volatile u32 *)0xE000E014)
#define SYST_CVR (*(volatile u32 *)0xE000E018)
#define CPACR (*(volatile u32 *)0xE000ED88)
#define CLOCK (*(volatile u32 *)0x40000000)
#define ALARM (*(volatile u32 *)0x40000004)

static volatile u32 ticks, digest, alarms;
static i8 a[32 * 32], b[32 * 32];
static float samples[64];

void tick(void)
{
    ticks++;
    digest = digest * 31 + CLOCK;
}

void alarm(void)
{
    alarms++;
    samples[alarms & 63] *= 0.5f;
    digest ^= CLOCK << 3;
    if (alarms < 200)
        ALARM = 37 + (alarms * 13) % 91;
}

__attribute__((noinline)) static i32 multiply(int row)
{
    i32 total = 0;
    for (int i = 0; i < 32; i++) {
        i32 sum = 0;
        for (int j = 0; j < 32; j++)
            sum += a[row * 32 + j] * b[j * 32 + i];
        a[(row * 32 + i * 7) & 1023] ^= (i8)sum;
        total += (sum & 3) ? sum / (i + 1) : sum % 11;
        if (sum > 400)
            total -= i;
        else if (sum < -400)
            total += i;
    }
    return total;
}

__attribute__((noinline)) static float smooth(u32 seed)
{
    float level = 0.25f;
    for (int i = 0; i < 64; i++) {
        seed = seed * 1664525u + 1013904223u;
        samples[i] = samples[i] * 0.9f + (float)(i32)seed * 1e-9f;
        level = level * 0.75f + samples[i] / (1.5f + (float)i);
    }
    return level;
}

__attribute__((noinline)) static u32 unaligned(u32 seed)
{
    u32 sum = 0;
    for (u32 i = 0; i < 32; i++) {
        u32 word;
        __builtin_memcpy(&word, (const char *)a + i * 5 + (seed & 3), 4);
        sum = (sum << 1 | sum >> 31) + word;
    }
    return sum;
}

__attribute__((noinline)) int main(void)
{
    u32 state = 1;
    for (int i = 0; i < 1024; i++) {
        a[i] = (i8)(i * 7);
        b[i] = (i8)(i * 13 + 3);
    }
    *(volatile u32 *)0xE000E100 = 1;
    SYST_RVR = 1700;
    SYST_CVR = 0;
    SYST_CSR = 7;
    ALARM = 500;
    for (int round = 0; round < 10; round++) {
        union { float f; u32 u; } level;
        state = state * 33 + (u32)multiply(round & 31);
        level.f = smooth(state);
        state ^= level.u + unaligned(state);
        state += CLOCK;
        if (round % 4 == 3)
            __asm__ volatile("wfi");
    }
    digest ^= state;
    return 0;
}

void reset(void)
{
    CPACR |= 0xFu << 20; /* before main: its prologue may push FPU registers */
    __asm__ volatile("dsb\nisb");
    main();
    __asm__ volatile("cpsid i");
    for (;;)
        digest = digest * 3 + 1;
}

__attribute__((section(".vectors"), used)) const void *const vectors[17] = {
    (void *)0x20010000, (void *)reset, [15] = (void *)tick, [16] = (void *)alarm};
