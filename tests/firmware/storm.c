/* Random priorities, groups, masks and pending exceptions; handlers that pend, mask, call and reprioritise in turn.
 * Who runs when is told as one long word: the same here and on QEMU. */
#include "report.h"

READ(ipsr) READ(primask)
#if __ARM_ARCH_7M__ || __ARM_ARCH_7EM__ || __ARM_ARCH_8M_MAIN__
#define V7M 1
READ(basepri)
#else
#define V7M 0
#define basepri() 0
#endif

#ifndef RAM
#define RAM 0x20000000
#endif

static char told[8000];
static u32 length, depth, budget, state = 12345;

static u32 rnd(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void put(char c)
{
    if (length < sizeof told - 1)
        told[length++] = c;
}

static void put_hex(u32 value, u32 digits)
{
    while (digits--)
        put("0123456789abcdef"[value >> 4 * digits & 15]);
}

/* A write that may let an exception in, and the barrier without which QEMU goes on for some instructions. */
static void set(u32 address, u32 value)
{
    REG(address) = value;
    SYNC();
}

static void pend(void)
{
    u32 r = rnd(), interrupts = rnd() & rnd() & 0xFF;
    set((u32)&NVIC_ISPR, interrupts);
    if (!(r & 3))
        set((u32)&ICSR, 1u << 28);
    if (!(r & 12))
        set((u32)&ICSR, 1u << 26);
    if (!(r & 0xF0))
        set((u32)&ICSR, 1u << 31);
}

static void prioritise(void)
{
    /* two bits of priority: every core here has as many, and QEMU has more */
    u32 a = rnd() & 0xC0C0C0C0, b = rnd() & 0xC0C0C0C0, c = rnd() & 0xC0C00000, group = (rnd() & 7) << 8;
    set((u32)&NVIC_IPR0, a);
    set(0xE000E404, b);
    set((u32)&SHPR3, c);
    if (V7M)
        set((u32)&AIRCR, 0x05FA0000 | group);
}

static void act(void)
{
    u32 r = rnd(), choice = r & 7;
    if (!budget)
        return;
    budget--;
    if (choice < 3)
        pend();
    else if (choice == 3) {
        put('!');
        ASM("svc 1" ::: "memory");
    } else if (choice == 4) {
        u32 old = primask();
        ASM("cpsid i" ::: "memory");
        pend();
        put('v');
        if (!basepri()) /* QEMU's VECTPENDING does not see BASEPRI */
            put_hex(ICSR >> 12 & 0x3F, 2);
        put_hex(NVIC_ISPR & 0xFF, 2);
        if (!old)
            ASM("cpsie i\n isb" ::: "memory");
    } else if (choice == 5)
        prioritise();
#if V7M
    else if (choice == 6) {
        u32 old = basepri();
        ASM("msr basepri, %0\n isb" ::"r"((r >> 4) & 0xC0) : "memory");
        pend();
        put('b');
        put_hex(NVIC_IABR & 0xFF, 2);
        ASM("msr basepri, %0\n isb" ::"r"(old) : "memory");
    } else {
        ASM("cpsid f" ::: "memory");
        pend();
        put('f');
        ASM("cpsie f\n isb" ::: "memory");
    }
#endif
}

void serve(u32 number, u32 *frame)
{
    put('(');
    put_hex(number, 2);
    if (number == 3) { /* an SVC that could not be taken: Arm returns to it, QEMU behind it */
        if (*(unsigned char *)(frame[6] + 1) == 0xDF)
            frame[6] += 2;
    } else if (number != 2 && ++depth < 8) {
        act();
        act();
        depth--;
    } else if (number != 2)
        depth--;
#if V7M
    if (number != 2 && number != 3)
        put(ICSR >> 11 & 1 ? '.' : ','); /* RETTOBASE */
#endif
    put(')');
}

__attribute__((naked)) void handler(void)
{
    ASM("mrs r0, ipsr\n mov r1, sp\n push {r4, lr}\n bl serve\n pop {r4, pc}");
}

__attribute__((naked)) void reset(void) { ASM("b main"); }

__attribute__((section(".vectors"), used)) const void *const vectors[24] = {
    (void *)(RAM + 0x4000), (void *)reset, [2 ... 23] = (void *)handler};

int main(void)
{
    NVIC_ISER = 0xFF;
    for (u32 round = 0; round < 70; round++) {
        budget = 12;
        ASM("cpsid i" ::: "memory");
        prioritise();
        pend();
        put('|');
        put_hex(ICSR >> 12 & 0x3F, 2);
        ASM("cpsie i\n isb" ::: "memory");
        act();
        act();
        put('\n');
    }
    told[length] = 0;
    text(told);
    say(0x18, (void *)0x20026);
    for (;;)
        ;
}
