/* On a Nano 33 BLE: lights the LED (P0.13), keeps the red one dark (P0.24, low lights it), says by semihosting
 * which start this is, and resets itself at the first. A word in RAM, which nobody clears and a reset leaves
 * alone, tells it. */
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define PINS (1u << 13 | 1u << 24)
enum { SYS_OPEN = 0x01, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05 };

extern void reset(void);
static void trap(void)
{
    for (;;)
        ;
}
__attribute__((section(".vectors"), used)) static void *const vectors[] = {
    (void *)0x20002000, reset, trap, trap, trap, trap, trap, 0, 0, 0, 0, trap, trap, 0, trap, trap,
};

static volatile uint32_t mark;
#define AGAIN 0xC0FFEE01u

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void say(const char *text, uint32_t length)
{
    const uint32_t opening[3] = {(uint32_t)(uintptr_t)":tt", 4, 3};
    const uint32_t writing[3] = {semihosting(SYS_OPEN, opening), (uint32_t)(uintptr_t)text, length};
    semihosting(SYS_WRITE, writing);
}

__attribute__((noinline)) void work(void)
{
    for (volatile int i = 0; i < 1000; i++)
        ;
}

void reset(void)
{
    semihosting(SYS_WRITE0, mark == AGAIN ? "again\n" : "first\n");
    say(mark == AGAIN ? "AGAIN\n" : "FIRST\n", 6);
    REGISTER(0x50000508) = PINS; /* P0 OUTSET, DIRSET: nRF52840 PS, GPIO */
    REGISTER(0x50000518) = PINS;
    work();
    if (mark != AGAIN) {
        mark = AGAIN;
        REGISTER(0xE000ED0C) = 0x05FA0004; /* AIRCR.SYSRESETREQ: Armv7-M ARM B3.2.6 */
        __asm volatile("dsb");
        for (;;)
            __asm volatile("nop");
    }
    for (;;)
        __asm volatile("wfe");
}
