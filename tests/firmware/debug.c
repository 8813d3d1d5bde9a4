/* A program to be debugged: loops, calls, floating point, an interrupt, and an end. Compiled without
 * optimisation, so that a line is a line. What a debugger must find follows from the source alone. */
#include <stdint.h>

#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define CPACR (*(volatile uint32_t *)0xE000ED88u)

volatile uint32_t ticks, total, product, seen; /* nothing clears them but main */
volatile float half;
uint32_t table[4] = {11, 22, 33, 44};
volatile int trouble = 3; /* a debugger changes it */
uint32_t stack[1024];

int main(void);

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(uint32_t code)
{
    const uint32_t block[2] = {0x20026, code};
    semihosting(0x20, block);
}

uint32_t square(uint32_t n)
{
    uint32_t result = n * n;
    return result; /* LINE: result */
}

uint32_t factorial(uint32_t n)
{
    if (n < 2)
        return 1; /* LINE: bottom */
    return n * factorial(n - 1);
}

float halve(float x)
{
    float y = x / 2;
    return y; /* LINE: halved */
}

void count_tick(void)
{
    ticks++; /* LINE: tick */
}

void SysTick_Handler(void)
{
    count_tick();
}

uint32_t read_at(uint32_t address)
{
    return *(volatile uint32_t *)address; /* LINE: crash */
}

int main(void)
{
    ticks = total = product = seen = 0;
    semihosting(4, "ready\n");
    for (uint32_t i = 0; i < 10; i++)
        total += square(i); /* LINE: sum */
    product = factorial(5);
    half = halve(7.0f);
    seen = table[2];
    SYST_RVR = 2000;
    SYST_CVR = 0;
    SYST_CSR = 7;
    while (ticks < 3) /* LINE: waiting */
        ;
    SYST_CSR = 0;
    while (trouble == 1)
        ;
    if (trouble == 2)
        read_at(0x30000000);
    semihosting(4, "done\n");
    leave(total == 285 ? 42 : 1);
    return 0;
}

void reset(void)
{
    CPACR |= 0xFu << 20;
    __asm volatile("dsb\n\tisb" ::: "memory");
    main();
}

void fault(void)
{
    __builtin_trap();
}

__attribute__((section(".vectors"), used)) void (*const vectors[])(void) = {
    (void (*)(void))(stack + 1024), reset, fault, fault, fault, fault, fault, 0,
    0, 0, 0, fault, fault, 0, fault, SysTick_Handler,
};
