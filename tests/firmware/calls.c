/* Calls of every kind that a backtrace meets: deep, inlined, with arrays of unknown size, with floating-point
 * registers saved, in handlers, in a handler that interrupts another, from the process stack. */
#include <stdint.h>

#define ICSR (*(volatile uint32_t *)0xE000ED04u)
#define SHPR3 (*(volatile uint32_t *)0xE000ED20u)
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define NOINLINE __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

volatile uint32_t seed = 7, calls, result;
volatile float level = 1.5f;
uint32_t main_stack[256], process_stack[512];

INLINE uint32_t mix(uint32_t a)
{
    a ^= a << 5;
    a += seed;
    a ^= a >> 3;
    calls++;
    return a;
}

INLINE uint32_t mix_twice(uint32_t a)
{
    a = mix(a) + seed;
    return mix(a) ^ calls;
}

NOINLINE uint32_t leaf(uint32_t a)
{
    return mix_twice(a) + 1;
}

NOINLINE uint32_t array(uint32_t n)
{
    volatile uint32_t words[n];
    for (uint32_t i = 0; i < n; i++)
        words[i] = leaf(i);
    return words[n - 1];
}

#if defined(__ARM_FP)
NOINLINE float scale(float x)
{
    return x * level;
}

NOINLINE float floats(float a, float b, float c)
{
    float sum = scale(a) + scale(b);
    calls++;
    return sum + scale(c) * a * b;
}
#else
#define floats(a, b, c) (level)
#endif

NOINLINE uint32_t tree(uint32_t depth)
{
    if (depth == 0)
        return leaf(calls);
    uint32_t left = tree(depth - 1);
    return left + tree(depth - 1) * depth;
}

void SVC_Handler(void)
{
    result += leaf(result);
}

void PendSV_Handler(void)
{
    result += array(2);
    __asm volatile("svc 0" ::: "memory"); /* of higher priority */
    calls++;
}

NOINLINE void interrupted(void)
{
    calls++;
    ICSR = 1u << 28;
    __asm volatile("dsb\n\tisb" ::: "memory");
    calls++;
}

NOINLINE int main(void)
{
    for (;;) {
        result = tree(2);
        interrupted();
        result += array(3);
        level = floats(1.0f, 2.0f, 3.0f);
        interrupted();
        result += mix_twice(result);
    }
}

void reset(void)
{
    CPACR |= 0xFu << 20;
    SHPR3 = 0xE0u << 16;
    __asm volatile("dsb\n\tisb\n\tmsr psp, %0\n\tmsr control, %1\n\tisb" ::"r"(process_stack + 512), "r"(2) : "memory");
    main();
}

void fault(void)
{
    __builtin_trap();
}

__attribute__((section(".vectors"), used)) void (*const vectors[])(void) = {
    (void (*)(void))(main_stack + 256), reset, fault, fault, fault, fault, fault, 0,
    0, 0, 0, SVC_Handler, fault, 0, PendSV_Handler, fault,
};
