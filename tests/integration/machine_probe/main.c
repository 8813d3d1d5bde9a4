/* Register numbers: nRF52840 Product Specification v1.7; Armv7-M ARM. */
#include "console.h"
#include "hal.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define NOINLINE __attribute__((noinline))
enum { RESETREAS = 0x40000400, SYSTEMOFF = 0x40000500, POFCON = 0x40000510, GPREGRET = 0x4000051C };
enum { NVMC_CONFIG = 0x4001E504, NVMC_ERASEPAGE = 0x4001E508, P1_PIN_CNF_11 = 0x5000082C + 0x200 };

volatile const uint32_t mode = 0xC01CE110u; /* replaced in the image */
volatile uint32_t counter;                  /* markers capture it */

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

static void say(const char *name, uint32_t value)
{
    console_puts(name);
    console_put_hex32(value);
    console_putc('\n');
}

NOINLINE uint32_t inner(uint32_t address)
{
    counter++;
    return REG(address) + 1; /* LINE OF THE CRASH */
}

NOINLINE uint32_t outer(uint32_t address)
{
    uint32_t value = inner(address);
    counter++;
    return value + 1;
}

NOINLINE uint32_t recurse(uint32_t depth)
{
    counter++;
    uint32_t below = depth ? recurse(depth - 1) : 0;
    __asm volatile("" ::: "memory"); /* no tail call */
    counter++;
    return below + depth;
}

NOINLINE void deep(void)
{
    volatile uint8_t bytes[1000];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = 1;
}

NOINLINE void loop_at_entry(uint32_t n)
{
    __asm volatile("1: subs %0, #1\n\tbne 1b" : "+r"(n));
}

void SysTick_Handler(void)
{
    counter++;
}

static uint32_t code_in_ram[2] __attribute__((aligned(8)));

static uint32_t call(uint32_t address)
{
    __asm volatile("dsb\n\tisb" ::: "memory");
    return ((uint32_t(*)(void))(uintptr_t)(address | 1))();
}

static void itm(const char *text)
{
    REG(0xE000EDFC) |= 1u << 24; /* DEMCR.TRCENA */
    REG(0xE0000E80) = 1;         /* ITM_TCR.ITMENA */
    REG(0xE0000E00) = 1;         /* port 0 */
    for (; *text; text++) {
        while (!REG(0xE0000000)) {
        }
        *(volatile uint8_t *)0xE0000000 = (uint8_t)*text;
    }
}

int main(void)
{
    switch (mode) {
    case 0:
        leave(7);
        break;
    case 1: /* unmapped */
        console_puts("last words\n");
        outer(0x30000000);
        break;
    case 2: /* endless recursion runs off the lower end of RAM */
        recurse(1u << 30);
        break;
    case 3: /* reset, once */
        say("reason ", REG(RESETREAS));
        if (REG(GPREGRET) == 0) {
            REG(GPREGRET) = 1;
            REG(0xE000ED0C) = 0x05FA0004; /* AIRCR.SYSRESETREQ */
            __asm volatile("dsb");
        }
        leave(counter);
        break;
    case 4: /* System OFF until D2 (P1.11) is high */
        if (REG(RESETREAS) & 1u << 16)
            leave(1);
        REG(0x50000800 + 0x200 + 4 * 11) = 0x2000C - 0xC; /* SENSE high, input connected */
        REG(SYSTEMOFF) = 1;
        for (;;) {
        }
    case 5: /* flash */
        say("before ", REG(0x80000));
        REG(NVMC_CONFIG) = 1;
        REG(0x80000) = 0x12345678;
        REG(NVMC_CONFIG) = 0;
        say("after ", REG(0x80000));
        REG(NVMC_CONFIG) = 2;
        REG(NVMC_ERASEPAGE) = 0x80000;
        REG(NVMC_CONFIG) = 0;
        say("erased ", REG(0x80000));
        leave(0);
        break;
    case 6: /* not modelled */
        for (int i = 0; i < 3; i++)
            REG(POFCON) = 1;
        leave(0);
        break;
    case 7: /* consoles */
        itm("from the ITM\n");
        semihosting(4, "from semihosting\nand more");
        leave(0);
        break;
    case 8: /* markers */
        outer(0x20000000);
        recurse(3);
        loop_at_entry(50);
        outer(0x20000000);
        leave(0);
        break;
    case 9: /* a handler that interrupts sleep */
        REG(0xE000E014) = 6400 - 1;
        REG(0xE000E018) = 0;
        REG(0xE000E010) = 7;
        while (counter < 3)
            __asm volatile("wfi");
        leave(0);
        break;
    case 10: { /* code in RAM, seen at two addresses, changed in between */
        uint32_t alias = 0x00800000u + ((uint32_t)(uintptr_t)code_in_ram - 0x20000000u);
        volatile uint32_t *code = code_in_ram;
        uint32_t sum = 0;
        for (uint32_t i = 0; i < 40; i++) {
            code[0] = 0x47702000u | (i & 0xFF); /* movs r0, #i; bx lr */
            sum += call(i & 1 ? alias : (uint32_t)(uintptr_t)code_in_ram);
        }
        leave(sum); /* 0 + 1 + ... + 39 */
        break;
    }
    case 11:
        deep();
        leave(0);
        break;
    case 12: /* a jump to an address without the Thumb bit */
        ((void (*)(void))(uintptr_t)0x400)();
        break;
    case 13: /* a store to flash that nobody enabled */
        REG(0x80000) = 0;
        break;
    case 14: /* runs for ever, awake */
        for (;;)
            counter++;
    case 15: /* a handler of its own, which recovers */
        REG(0xE000ED24) = 0; /* BusFault not enabled: escalates to HardFault */
        say("read ", inner(0x30000000));
        leave(counter);
        break;
    }
    for (;;)
        hal_sleep();
}

/* Mode 15 skips the faulting instruction (16 bits: LDR); other modes do what the start-up code's handler does. */
void HardFault_Handler(void);
__attribute__((naked)) void HardFault_Handler(void)
{
    __asm volatile("ldr r0, =mode\n\t"
                   "ldr r0, [r0]\n\t"
                   "cmp r0, #15\n\t"
                   "bne 1f\n\t"
                   "ldr r1, [sp, #24]\n\t"
                   "adds r1, #2\n\t"
                   "str r1, [sp, #24]\n\t"
                   "movs r1, #0\n\t"
                   "str r1, [sp, #0]\n\t"
                   "bx lr\n\t"
                   "1: udf #0\n\t"
                   ".ltorg");
}
