/* Operation numbers: Arm "Semihosting for AArch32 and AArch64", release 2.0 (100863_0200), chapter 6. */
#include "cortexm.h"
#include "hal.h"

enum { SYS_WRITE = 0x05, SYS_OPEN = 0x01, SYS_CLOCK = 0x10, SYS_EXIT = 0x18, SYS_EXIT_EXTENDED = 0x20 };
#define ADP_STOPPED_APPLICATION_EXIT 0x20026u

static uint32_t semihosting(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm("r0") = operation;
    register const void *r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void hal_init(void) {}

void hal_sleep(void)
{
    __asm volatile("wfe" ::: "memory");
}

void hal_exit(int code)
{
    const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)code};
    semihosting(SYS_EXIT_EXTENDED, block);
    for (;;)
        hal_sleep();
}

uint32_t hal_cycles(void)
{
    return cycle_counter();
}

void hal_console_write(const char *text, size_t length)
{
    static uint32_t console; /* handle + 1, opened at the first use; ":tt" for writing is standard output */
    if (!console) {
        const uint32_t block[3] = {(uint32_t)(uintptr_t)":tt", 4, 3};
        console = semihosting(SYS_OPEN, block) + 1u;
    }
    const uint32_t block[3] = {console - 1u, (uint32_t)(uintptr_t)text, (uint32_t)length};
    semihosting(SYS_WRITE, block);
}

uint64_t hal_time_us(void)
{
    return (uint64_t)semihosting(SYS_CLOCK, NULL) * 10000u; /* centiseconds */
}

void hal_sleep_until(uint64_t time_us)
{
    while (hal_time_us() < time_us) { /* no interrupt would wake the core */
    }
}

void hal_led_set(enum hal_led led, bool on)
{
    (void)led;
    (void)on;
}
