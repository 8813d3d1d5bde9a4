/* A computation that no interrupt may disturb: divisions, structures that are copied with LDM and STM, recursion,
 * IT blocks, floating point. Its handlers compute too, in floating point, each at a priority of its own. */
#include "report.h"

typedef struct { u32 word[8]; } Block;

static volatile u32 served[3];
static float from_handlers[3];

__attribute__((noinline)) static u32 gcd(u32 a, u32 b) { return b ? gcd(b, a % b) : a; }

__attribute__((noinline)) static Block turned(Block b)
{
    Block r = {{b.word[7], b.word[0], b.word[1], b.word[2], b.word[3], b.word[4], b.word[5], b.word[6]}};
    return r;
}

__attribute__((noinline)) static u32 clamp(int x) { return x > 100 ? 100 : x < -100 ? (u32)-100 : (u32)x; }

#if __ARM_FP
__attribute__((noinline)) static float curve(float x, int n)
{
    float sum = 0;
    for (int i = 1; i <= n; i++)
        sum += x / i - sum * x;
    return sum;
}
#else
#define curve(x, n) 0
#endif

__attribute__((noinline)) static void serve(int which)
{
    float values[3] = {1.5f, 2.25f, -3.0f};
    float sum = curve(values[which], 4);
    served[which]++;
    from_handlers[which] = sum;
    gcd(1071, 462);
}

void first(void) { serve(0); }
void second(void) { serve(1); }
void third(void) { serve(2); }
void stop(void) { say(0x18, 0); }

__attribute__((naked)) void reset(void)
{
#if __ARM_FP
    ASM("ldr r0, =0xE000ED88\n ldr r1, =0xF00000\n str r1, [r0]\n dsb\n isb");
#endif
    ASM("b main\n .ltorg");
}

__attribute__((section(".vectors"), used)) const void *const vectors[19] = {
    (void *)0x20004000, (void *)reset, [2 ... 15] = (void *)stop, (void *)first, (void *)second, (void *)third};

int main(void)
{
    Block b = {{1, 22, 333, 4444, 55555, 666666, 7777777, 88888888}};
    u32 check = 0;
    float last = 0;
    NVIC_IPR0 = 0x004080; /* the third outranks the second, that the first */
    NVIC_ISER = 7;
    for (u32 i = 0; i < 6; i++) {
        b = turned(b);
        check = check * 31 + gcd(b.word[0], b.word[1] + i);
        check ^= clamp((int)(b.word[2] % 777) - 300) << i;
        last = curve(last + i, 5);
        check += *(u32 *)&last;
        check -= b.word[3] / (i + 1);
    }
    for (int i = 0; i < 8; i++)
        check = check * 33 + b.word[i];
    for (int i = 0; i < 3; i++)
        NVIC_ICER = 1u << i;
    show("check", check);
    for (int i = 0; i < 3; i++)
        show("served", served[i]), show("", *(u32 *)&from_handlers[i]);
    text("\n");
    say(0x18, (void *)0x20026);
    for (;;)
        ;
}
