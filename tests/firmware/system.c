/* Tells over semihosting what the system registers do: which bits are there, and what they change. The same image
 * runs here and on a board of QEMU's with the same core, and the two texts are compared. */
#include "report.h"

READ(control) READ(primask) READ(ipsr) READ(msp) READ(psp)
#if __ARM_ARCH_7M__ || __ARM_ARCH_7EM__ || __ARM_ARCH_8M_MAIN__
#define V7M 1
READ(basepri)
#else
#define V7M 0
#endif
#if __ARM_FP
#define FPU 1
#else
#define FPU 0
#endif

enum { QUIET, ACTIVE, FRAME, RETURN, NESTED, CONTEXT, LAZY_FAULT, COUNT, FAULT, BARRED };
static volatile u32 mode, counted, answer, link_seen, frame_seen;
u32 there[4]; /* where a return goes to, and what is found there */
static u32 process_stack[128] __attribute__((aligned(8)));

static void skip(u32 *frame)
{
    u32 opcode = *(unsigned short *)frame[6];
    frame[6] += opcode >> 11 >= 0x1D ? 4 : 2;
}

u32 record(u32 number, u32 *frame, u32 link)
{
    switch (mode) {
    case COUNT:
        counted++;
        SYST_CSR = 0;
        return link;
    case QUIET:
        return link;
    }
    text("  exception");
    show("number", number);
    show("lr", link);
    show("icsr", ICSR & (V7M ? 0x8061F9FF : 0x8061F1FF));
    switch (mode) {
    case FAULT: /* past what faulted; a branch to nowhere goes back to its caller */
        show("xpsr", frame[7] & 0x0100FFFF);
        show("pc", frame[6]);
        if (frame[6] >= 0x40000000 || !(frame[7] & 1 << 24)) {
            frame[6] = frame[5] & ~1u;
            frame[7] |= 1 << 24;
        } else if (number == 3)
            skip(frame);
        break;
#if V7M
    case ACTIVE:
        show("shcsr", SHCSR);
        break;
    case FRAME:
        show("aligned", (u32)frame & 7);
        show("padded", frame[7] >> 9 & 1);
        show("room", frame_seen - (u32)frame);
        break;
    case RETURN: /* an invalid value: UsageFault finds the same frame, and EXC_RETURN in LR */
        if (number == 11) {
            link_seen = link;
            text("\n");
            return answer;
        }
        show("cfsr", CFSR);
        CFSR = CFSR;
        link = link_seen;
        break;
    case NESTED: /* SVC's handler pends interrupt 1, whose handler returns to thread mode straight away */
        if (number == 11) {
            NVIC_ISPR = 2;
            SYNC();
            text("  still in");
            show("", ipsr());
        } else if (number == 17) {
            for (int i = 0; i < 8; i++)
                process_stack[i] = 0;
            process_stack[6] = there[0];
            process_stack[7] = 1 << 24;
            ASM("msr psp, %0" ::"r"(process_stack));
            text("\n");
            return 0xFFFFFFFD;
        } else {
            show("cfsr", CFSR);
            CFSR = CFSR;
        }
        break;
#endif
#if FPU
    case BARRED: /* CPACR is off where the frame is stored, or where it is read */
        show("cfsr", CFSR);
        show("frame", frame_seen - (u32)frame);
        CFSR = CFSR;
        CPACR = number == 11 ? 0 : 0xFu << 20;
        SYNC();
        break;
    case CONTEXT:
        show("fpccr", FPCCR & 0xC000017B);
        show("control", control());
        if (control() & 1) /* QEMU refuses unprivileged semihosting */
            ASM("msr control, %0" ::"r"(0));
        if (number == 17) { /* a context of its own, interrupted by SVC's later */
            ASM("vmov s0, %0" ::"r"(1));
            show("fpccr", FPCCR & 0xC000017B);
        }
        break;
    case LAZY_FAULT:
        show("fpccr", FPCCR & 0xC000017B);
        if (number == 11) {
            FPCAR = NOWHERE;
            ASM("vmov s0, %0" ::"r"(7)); /* stores the old registers there */
            text(" went on");
            show("fpccr", FPCCR & 0xC000017B);
        } else {
            show("cfsr", CFSR);
            show("hfsr", HFSR);
            show("shcsr", SHCSR);
            CFSR = CFSR;
            HFSR = HFSR;
            FPCAR = (u32)process_stack;
        }
        break;
#endif
    }
    text("\n");
    return link;
}

__attribute__((naked)) void handler(void)
{
#if V7M
    ASM("mrs r0, ipsr\n tst lr, #4\n ite eq\n mrseq r1, msp\n mrsne r1, psp\n mov r2, lr\n"
        "push {r4, lr}\n bl record\n pop {r4, lr}\n bx r0");
#else
    ASM("mrs r0, ipsr\n mrs r1, msp\n mov r2, lr\n push {r4, lr}\n bl record\n pop {r4, pc}");
#endif
}

__attribute__((naked)) void reset(void) { ASM("b main"); }

__attribute__((section(".vectors"), used)) const void *const vectors[24] = {
    (void *)(RAM + 0x4000), (void *)reset, [2 ... 23] = (void *)handler};

static void bits(const char *name, u32 address, u32 keep)
{
    u32 old = REG(address);
    text(name);
    show("", old & keep);
    REG(address) = 0xFFFFFFFF;
    show("ones", REG(address) & keep);
    REG(address) = 0;
    show("zeros", REG(address) & keep);
    REG(address) = old;
    text("\n");
}

static void registers(void)
{
    mode = QUIET;
#if V7M /* QEMU keeps nothing on Armv6-M; elsewhere reserved bits, but not SLEEPDEEP */
    bits("scr", (u32)&SCR, 0x12);
#endif
    bits("shpr2", (u32)&SHPR2, 0xC0C0C0C0); /* boards differ in the number of priority bits */
    bits("shpr3", (u32)&SHPR3, 0xC0C0C0C0);
    bits("ipr0", (u32)&NVIC_IPR0, 0xC0C0C0C0);
    bits("rvr", (u32)&SYST_RVR, ~0u);
    AIRCR = 0x05FA0000 | 0x700;
    text("aircr");
    show("", AIRCR);
    AIRCR = 0x05FA0000;
    show("", AIRCR);
    AIRCR = 0x12340700;
    show("", AIRCR);
    text("\n");
    SYST_CVR = 5;
    text("cvr");
    show("", SYST_CVR);
    text("\n");
#if V7M
    bits("ccr", (u32)&CCR, 0x11B); /* STKALIGN is tried below */
    bits("shpr1", (u32)&SHPR1, 0xC0C0C0C0);
    bits("vtor", (u32)&VTOR, 0xFFFFFF80);
    bits("mmfar", (u32)&MMFAR, ~0u);
    bits("bfar", (u32)&BFAR, ~0u);
#endif
#if FPU
    bits("fpdscr", (u32)&FPDSCR, ~0u);
    bits("fpcar", (u32)&FPCAR, ~0u);
#endif
}

#if V7M
static void identity(void)
{
    text("identity");
    if ((CPUID >> 4 & 0xFFF) == 0xC27) /* QEMU's M4 says that it is an M3 */
        for (u32 address = 0xE000ED40; address < 0xE000ED74; address += 4)
            show("", REG(address));
    text("\n floating point");
    show("cpacr", CPACR);
    for (u32 address = 0xE000EF34; address < 0xE000EF48; address += 4)
        show("", REG(address));
    text("\n");
}
#endif

static void pending(void)
{
    static const u32 writes[] = {1u << 28, 1u << 27, 1u << 26, 1u << 25, 3u << 26, 1u << 31};
    text("pending\n");
    mode = ACTIVE;
    ASM("cpsid i" ::: "memory");
    for (u32 i = 0; i < sizeof writes / 4; i++) {
        ICSR = writes[i]; /* setting and clearing at once is UNPREDICTABLE: not tried */
        SYNC();
        show("", ICSR & 0x1401F000);
        text("\n");
        ICSR = 1 << 27 | 1 << 25;
    }
    NVIC_ISPR = 0xFF;
    show("", NVIC_ISPR & 0xFF);
    NVIC_ICPR = 0x0F;
    show("", NVIC_ICPR & 0xFF);
    NVIC_ICPR = 0xF0;
    show("", NVIC_ISPR & 0xFF);
    NVIC_ICER = 2;
    show("", NVIC_ISER & 0xFF);
    NVIC_ISER = 2;
    show("", NVIC_ICER & 0xFF);
    ASM("cpsie i\n isb" ::: "memory");
    text("\n");
}

static void systick(void)
{
    mode = COUNT;
    text("systick");
    SYST_RVR = 20000;
    SYST_CVR = 0;
    SYST_CSR = 5;
    u32 again = 1;
    for (u32 i = 0; i < 20 && again; i++) { /* QEMU keeps real time: it may count to zero between the two reads */
        while (!(SYST_CSR & 1 << 16))
            ;
        again = SYST_CSR >> 16;
    }
    show("cleared by the read", again);
    again = 1;
    for (u32 i = 0; i < 20 && again; i++) {
        SYST_CSR = 5;
        while (SYST_CVR < 5000)
            ;
        SYST_CVR = 1;
        SYST_CSR = 4;
        again = SYST_CSR >> 16;
    }
    show("cleared by a write", again);
    SYST_RVR = 1000;
    SYST_CVR = 0;
    SYST_CSR = 7; /* its handler stops it */
    while (!counted)
        ;
    SYST_CSR = 0;
    ICSR = 1 << 25;
    text("\n");
}

#if V7M
static void active_bits(void)
{
    static const u32 tried[] = {1 << 0, 1 << 1, 1 << 3, 1 << 7, 1 << 10, 1 << 11};
    text("active bits\n");
    mode = ACTIVE;
    CCR |= 1; /* else interrupt 0 could not return to a thread that counts as a handler */
    SHPR1 = 0x404040;
    SHPR2 = 0x40000000;
    SHPR3 = 0x40400000;
    NVIC_IPR0 = 0x80808020; /* only interrupt 0 outranks priority 0x40 */
    for (u32 i = 0; i < sizeof tried / 4; i++) {
        SHCSR = 7 << 16 | tried[i];
        show("shcsr", SHCSR);
        show("icsr", ICSR & 0x9FF);
        NVIC_ISPR = 3;
        SYNC();
        show("pending", NVIC_ISPR & 3);
        SHCSR = 7 << 16;
        SYNC();
        show("pending", NVIC_ISPR & 3);
        text("\n");
    }
    CCR &= ~1u;
    text("pended bits\n");
    ASM("cpsid i" ::: "memory");
    SHCSR = 7 << 16 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15;
    show("shcsr", SHCSR);
    show("icsr", ICSR & 0x1FF000);
    text("\n");
    ASM("cpsie i\n isb" ::: "memory");
    SHCSR = 0;
    SHPR1 = SHPR2 = SHPR3 = NVIC_IPR0 = 0;
}

static void alignment(void)
{
    mode = FRAME;
    for (u32 on = (CPUID >> 4 & 0xFFF) == 0xC27; on < 2; on++) { /* fixed on Cortex-M7, not in QEMU */
        text("alignment");
        CCR = on << 9;
        show("ccr", CCR & 1 << 9);
        text("\n");
        ASM("mov r4, sp\n bic r5, r4, #7\n mov sp, r5\n str r5, [%0]\n svc 1\n sub sp, #4\n mov r5, sp\n"
            "str r5, [%0]\n svc 2\n mov r5, sp\n mov sp, r4" ::"r"(&frame_seen) : "r4", "r5", "memory");
        show("msp", msp() & 3);
        text("\n");
    }
}

static void returns(void)
{
    mode = RETURN;
    SHCSR = 7 << 16;
    for (u32 low = 0; low < 0x20; low++) {
        if (low == 0x11 || low == 0x1D || (low & 0xF) == 1 || (low & 0xF) == 13)
            continue; /* valid, but not from here: to a handler, or to the other stack */
        if (low == 9 || (!FPU && low < 0x10))
            continue; /* without an FPU bit 4 is UNPREDICTABLE */
        answer = 0xFFFFFFE0 | low;
        text("return to");
        show("", answer);
        text("\n");
        ASM("svc 1" ::: "memory");
    }
    SHCSR = 0;
}

__attribute__((naked)) void away_and_back(u32 *where)
{
    ASM("push {r4-r11, lr}\n adr r1, 1f\n str r1, [r0]\n mov r1, sp\n str r1, [r0, #4]\n svc 1\n .balign 4\n1:\n"
        "ldr r0, =there\n mrs r1, control\n str r1, [r0, #8]\n mrs r1, ipsr\n str r1, [r0, #12]\n"
        "movs r1, #0\n msr control, r1\n isb\n ldr r1, [r0, #4]\n mov sp, r1\n pop {r4-r11, pc}\n .ltorg");
}

static void nested(void)
{
    mode = NESTED;
    NVIC_IPR0 = 0;
    SHPR2 = 0x80000000;
    SHCSR = 7 << 16;
    text("return to thread mode from a nested handler\n");
    CCR |= 1;
    away_and_back(there);
    show("control", there[2]);
    show("ipsr", there[3]);
    show("icsr", ICSR & 0xFFF);
    show("shcsr", SHCSR);
    text("\n");
    mode = QUIET;
    SHCSR = 0; /* SVCall is no longer active */
    CCR &= ~1u;
    SHPR2 = 0;
}

static void exclusives(void)
{
    static u32 word;
    u32 a, b, c, value;
    mode = QUIET;
    text("exclusives");
    ASM("ldrex %3, [%4]\n strex %0, %5, [%4]\n strex %1, %5, [%4]\n ldrex %3, [%4]\n clrex\n strex %2, %5, [%4]"
        : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(value) : "r"(&word), "r"(5) : "memory");
    show("", a), show("", b), show("", c), show("", word);
    ASM("ldrexh %3, [%4]\n strexh %0, %5, [%4]\n ldrexb %3, [%4]\n strexb %1, %5, [%4]\n ldrex %3, [%4]\n svc 1\n"
        "strex %2, %5, [%4]" : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(value) : "r"(&word), "r"(6) : "memory");
    show("", a), show("", b), show("an exception between", c), show("", word);
    text("\n");
}

static void bit_band(void)
{
    static volatile u32 words[4] __attribute__((aligned(16)));
    u32 alias = 0x22000000 + ((u32)words & 0xFFFFF) * 32;
    text("bit band");
    words[0] = 0xA5C30F69;
    for (u32 bit = 0; bit < 32; bit += 7) {
        show("", REG(alias + 4 * bit));
        show("", *(volatile unsigned short *)(alias + 4 * bit));
        show("", *(volatile unsigned char *)(alias + 4 * bit));
    }
    REG(alias + 4 * 31) = 0xFFFFFFFE; /* bit 0 counts */
    *(volatile unsigned short *)(alias + 4 * 17) = 1;
    *(volatile unsigned char *)(alias + 4 * 1) = 3;
    REG(alias + 4 * 32 + 4 * 9) = 1;
    show("", words[0]), show("", words[1]);
    text("\n");
}

static void moved_table(void)
{
    static u32 table[64] __attribute__((aligned(256)));
    for (u32 i = 0; i < 24; i++)
        table[i] = (u32)vectors[i];
    mode = ACTIVE;
    text("table moved");
    VTOR = (u32)table | 0x7F;
    show("", VTOR - (u32)table);
    text("\n");
    ASM("svc 1" ::: "memory");
    VTOR = CODE;
}
#endif

#if FPU
static void contexts(void)
{
    mode = CONTEXT;
    text("floating-point contexts\n");
    SHPR1 = 0x204060; /* UsageFault, BusFault, MemManage */
    SHPR2 = 0x80000000;
    NVIC_IPR0 = 0x00004000;
    for (u32 enabled = 0; enabled < 8; enabled++) {
        SHCSR = enabled << 16;
        ASM("vmov s0, %0\n svc 1" ::"r"(enabled) : "s0", "memory");
        NVIC_ISPR = 2;
        SYNC();
        ASM("msr basepri, %0\n isb" ::"r"(0x60));
        ASM("vmov s0, %0" ::"r"(enabled) : "s0", "memory");
        NVIC_ISPR = 2;
        SYNC();
        ASM("msr basepri, %0\n isb" ::"r"(0));
    }
    text("unprivileged\n");
    ASM("msr control, %0\n isb\n vmov s0, %0\n svc 2" ::"r"(1) : "s0", "memory");
    text("\n");
}

static void lazy_faults(void)
{
    mode = LAZY_FAULT;
    SHPR1 = 0x4000; /* BusFault */
    for (u32 i = 0; i < 4; i++) {
        text("lazy stacking fails");
        SHCSR = (i & 1) << 17;
        SHPR2 = i & 2 ? 0x80000000 : 0x20000000; /* SVCall: outranked by BusFault, or not */
        show("shcsr", SHCSR);
        show("shpr2", SHPR2);
        text("\n");
        ASM("vmov s0, %0\n svc 1" ::"r"(1) : "s0", "memory");
    }
    SHCSR = SHPR1 = SHPR2 = 0;
}
#endif

#if FPU
static void barred(void)
{
    mode = BARRED;
    SHCSR = 1 << 18;
    SHPR2 = 0x40000000; /* UsageFault outranks SVCall */
    FPCCR = 1u << 31;   /* stacked at once */
    text("frames without access to the FPU\n");
    ASM("mov r0, sp\n str r0, [%0]\n vmov s0, r0\n svc 1" ::"r"(&frame_seen) : "r0", "s0", "memory");
    text("back");
    show("cpacr", CPACR);
    text("\n");
    ASM("vmov s0, %0\n str %0, [%1]\n dsb\n isb\n svc 1" ::"r"(0), "r"(&CPACR) : "s0", "memory");
    text("back");
    show("cpacr", CPACR);
    text("\n");
    CPACR = 0xFu << 20;
    SYNC();
    SHCSR = SHPR2 = 0;
}
#endif

#if !V7M
__attribute__((noinline)) static void call(u32 target) { ASM("blx %0" ::"r"(target) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"); }

static void faults(void)
{
    mode = FAULT;
    text("faults\n");
    ASM("ldr r1, [%0]" ::"r"(0x20000002) : "r1");
    ASM("strh r1, [%0]" ::"r"(0x20000001) : "r1");
    ASM("mov r3, %0\n ldmia r3!, {r1, r2}" ::"r"(0x20000002) : "r1", "r2", "r3");
    ASM("ldr r1, [%0]" ::"r"(0x70000000) : "r1");
    ASM("strb r1, [%0]" ::"r"(0x70000000) : "r1");
    ASM(".short 0xde01");
    ASM(".inst.w 0xf7f0a001");
    ASM(".inst.w 0xfbb0f0f1"); /* UDIV */
    call(0x70000001);
    call(0x20000000);
}
#endif

int main(void)
{
    NVIC_ISER = 0xFF;
#if FPU
    CPACR |= 0xFu << 20;
    SYNC();
    FPCCR = 0;
    ASM("msr control, %0\n isb" ::"r"(0));
#endif
    registers();
#if V7M
    identity();
#endif
    pending();
    systick();
#if !V7M
    faults();
#else
    active_bits();
    alignment();
#if __ARM_ARCH < 8 /* bits that tell the security state; returns to thread mode from everywhere */
    returns();
    nested();
#endif
    exclusives();
    moved_table();
#if __ARM_ARCH < 8
    if ((CPUID >> 4 & 0xFFF) != 0xC27)
        bit_band();
#endif
#endif
#if FPU
    FPCCR = 0xC0000000;
    contexts();
    lazy_faults();
    barred();
#endif
    say(0x18, (void *)0x20026);
    for (;;)
        ;
}
