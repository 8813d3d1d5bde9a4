/* Tells over semihosting what every kind of exception does to the machine: one line each. The same image runs
 * here and on QEMU's mps2-an386, and the two texts are compared. Nothing in it depends on time. */
#include "report.h"

enum { QUIET, FRAME, FAULT, LAZY, NEST, BAD_RETURN, TO_THREAD, STACK_ERROR, PRIVILEGE };
static volatile u32 mode, pend_next, recover;
static u32 process_stack[64] __attribute__((aligned(8)));

READ(control) READ(primask) READ(basepri) READ(faultmask) READ(ipsr) READ(msp) READ(psp)

#if __ARM_FP
static u32 fpscr(void) { u32 v; ASM("vmrs %0, fpscr" : "=r"(v)); return v; }
#endif

__attribute__((naked)) void after_stack_error(void) { ASM("bx lr"); }

static void skip(u32 *frame)
{
    unsigned short opcode;
    if (frame[6] >= 0x40000000 || !(frame[7] & 1 << 24)) { /* a branch to nowhere: back to its caller */
        frame[6] = frame[5] & ~1u;
        frame[7] |= 1 << 24;
        return;
    }
    opcode = *(unsigned short *)frame[6];
    frame[6] += opcode >> 11 >= 0x1D ? 4 : 2;
}

u32 record(u32 number, u32 *frame, u32 link)
{
    text("  exception");
    show("number", number);
    show("lr", link);
    switch (mode) {
    case FRAME:
        for (int i = 0; i < 8; i++)
            show("", frame[i]);
        show("aligned", (u32)frame & 7);
        show("control", control());
        break;
    case FAULT:
    case PRIVILEGE:
        if (number == 3 && !CFSR) { /* an SVC: Arm's ReturnAddress() (B1.5.6) says this one, QEMU the next */
            if (*(unsigned char *)(frame[6] + 1) == 0xDF)
                skip(frame);
            number = 0;
        }
        show("pc", frame[6]);
        show("xpsr", frame[7] & 0x0100FE00);
        show("cfsr", CFSR);
        show("hfsr", HFSR);
        if (CFSR & 0x8000)
            show("bfar", BFAR);
        show("shcsr", SHCSR);
        CFSR = CFSR;
        HFSR = HFSR;
        if (number && number < 11 && !recover)
            skip(frame);
        else if (mode == PRIVILEGE)
            ASM("msr control, %0" ::"r"(0));
        break;
#if __ARM_FP
    case LAZY:
        show("lazy", FPCCR & 0xC0000001);
        show("room", FPCAR - (u32)frame);
        frame[8] = 0x12345678; /* where s0 goes */
        ASM("vmov s0, %0" ::"r"(0x40490FDB) : "memory");
        show("lazy", FPCCR & 1);
        show("s0", frame[8]);
        show("s15", frame[23]);
        show("fpscr", frame[24]);
        show("now", fpscr() & 0x07C00000); /* the flags are UNKNOWN */
        show("control", control());
        break;
#endif
    case NEST:
        show("icsr", ICSR & 0x0061F9FF);
        show("active", NVIC_IABR & 0xFF);
        if (pend_next) {
            u32 next = pend_next;
            pend_next = 0;
            NVIC_ISPR = next;
            SYNC();
            text("  back in");
            show("", ipsr());
        }
        break;
    case BAD_RETURN:
        mode = FAULT;
        recover = link;
        text("\n");
        return 0xFFFFFFF3;
    case TO_THREAD: /* from a nested handler: an integrity error */
        text("\n");
        if (number == 17) {
            mode = QUIET;
            recover = link;
            return 0xFFFFFFF9;
        }
        NVIC_ISPR = 2;
        SYNC();
        show("active", NVIC_IABR & 0xFF);
        show("cfsr", CFSR);
        CFSR = CFSR;
        break;
    case STACK_ERROR:
        show("cfsr", CFSR);
        show("hfsr", HFSR);
        show("psp", psp());
        show("pending", NVIC_ISPR & 0xFF);
        CFSR = CFSR;
        HFSR = HFSR;
        process_stack[6] = (u32)after_stack_error & ~1u;
        ASM("msr psp, %0" ::"r"(process_stack));
        mode = QUIET;
        break;
    }
    text("\n");
    /* An invalid return leaves its EXC_RETURN in LR, and the frame where it was. */
    if (number == 6 && recover) {
        link = recover;
        recover = 0;
    }
    return link;
}

__attribute__((naked)) void handler(void)
{
    ASM("mrs r0, ipsr\n tst lr, #4\n ite eq\n mrseq r1, msp\n mrsne r1, psp\n mov r2, lr\n"
        "push {r4, lr}\n bl record\n pop {r4, lr}\n bx r0");
}

__attribute__((naked)) void reset(void) { ASM("b main"); }

__attribute__((section(".vectors"), used)) const void *const vectors[24] = {
    (void *)(RAM + 0x10000), (void *)reset, [2 ... 23] = (void *)handler};

static void frames(void)
{
    text("frames\n");
    mode = FRAME;
#define KNOWN "movw r0, #0x1111\n movw r1, #0x2222\n movw r2, #0x3333\n movw r3, #0x4444\n movw r12, #0x5555\n"
    ASM(KNOWN "movs r4, #0\n subs r4, r4, #1\n svc 1" ::: "r0", "r1", "r2", "r3", "r4", "r12", "cc", "memory");
    ASM(KNOWN "sub sp, #4\n cmp r0, r0\n svc 2\n add sp, #4" ::: "r0", "r1", "r2", "r3", "r12", "cc", "memory");
    ASM("mov r4, sp\n bic r0, r4, #7\n mov sp, r0\n" KNOWN "svc 3\n sub sp, #4\n svc 4\n mov sp, r4"
        ::: "r0", "r1", "r2", "r3", "r4", "r12", "cc", "memory");
    ASM(KNOWN "cmp r0, r0\n ittet eq\n moveq r0, #7\n svceq 5\n movne r1, #8\n moveq r2, #9\n svc 6"
        ::: "r0", "r1", "r2", "r3", "r12", "cc", "memory");
    ASM(KNOWN "cmp r0, r1\n itt mi\n svcmi 7\n movmi r3, #1\n svc 8" ::: "r0", "r1", "r2", "r3", "r12", "cc", "memory");
    ASM("msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n" KNOWN "svc 9\n movs r0, #0\n msr control, r0\n isb"
        ::"r"(process_stack + 63) : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
    show("psp", psp() - (u32)process_stack);
    text("\n");
}

__attribute__((noinline)) static void call(u32 target) { ASM("blx %0" ::"r"(target) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"); }

static void faults(void)
{
    text("read, write, unmapped\n");
    ASM("ldr r1, [%0]" ::"r"(NOWHERE) : "r1", "memory");
    ASM("strb r1, [%0, #5]" ::"r"(NOWHERE + 0x100) : "memory");
    text("not executable, unmapped code, arm state\n");
    call(0x40000001);
    call(NOWHERE + 1);
    call(RAM);
    text("undefined, coprocessor, fpu\n");
    ASM(".short 0xde01");
    ASM(".inst.w 0xf7f0a001");
    ASM(".inst.w 0xee070f90"); /* MCR p15 */
    CPACR &= ~(0xFu << 20);
    SYNC();
    ASM(".inst.w 0xee300a20"); /* VADD.F32 s0, s0, s1 */
    ASM(".inst.w 0xeeb90a40"); /* no operation of the FPU */
    CPACR |= 0xFu << 20;
    SYNC();
    ASM(".inst.w 0xeeb90a40");
    text("division, alignment\n");
    ASM("udiv r1, %0, %1" ::"r"(5), "r"(0) : "r1");
    CCR |= 1 << 4;
    SYNC();
    ASM("udiv r1, %0, %1" ::"r"(5), "r"(0) : "r1");
    ASM("sdiv r1, %0, %1" ::"r"(5), "r"(0) : "r1");
    CCR &= ~(1u << 4);
    ASM("ldr r1, [%0]" ::"r"(CODE + 1) : "r1");
    ASM("ldrd r1, r2, [%0]" ::"r"(2) : "r1", "r2");
    ASM("ldrex r1, [%0]" ::"r"(2) : "r1");
    CCR |= 1 << 3;
    SYNC();
    ASM("ldr r1, [%0]" ::"r"(CODE + 1) : "r1");
    ASM("strh r1, [%0]" ::"r"(RAM + 1) : "r1");
    CCR &= ~(1u << 3);
    SYNC();
}

static void returns(void)
{
    text("invalid return\n");
    mode = BAD_RETURN;
    ASM("svc 1" ::: "memory");
#if __ARM_ARCH < 8 /* where it is an integrity error */
    text("return to thread from a nested handler\n");
    NVIC_IPR0 = 0x00002040; /* 17 preempts 16 */
    mode = TO_THREAD;
    NVIC_ISPR = 1;
    SYNC();
#endif
}

static void order(u32 group, u32 priorities)
{
    text("order");
    show("group", group);
    show("priorities", priorities);
    text("\n");
    AIRCR = 0x05FA0000 | group << 8;
    NVIC_IPR0 = priorities;
    mode = NEST;
    ASM("cpsid i" ::: "memory");
    NVIC_ISPR = 0xF;
    ICSR = 1 << 28;
    show("icsr", ICSR & 0x1041F000);
    pend_next = 0;
    ASM("cpsie i\n isb" ::: "memory");
    text(" preempting\n");
    for (u32 first = 0; first < 4; first++) {
        pend_next = 0xF & ~(1u << first);
        NVIC_ISPR = 1u << first;
        SYNC();
    }
    AIRCR = 0x05FA0000;
}

static void masks(void)
{
    text("masks\n");
    NVIC_IPR0 = 0x80604020;
    mode = QUIET;
    ASM("msr basepri, %0" ::"r"(0x60) : "memory");
    NVIC_ISPR = 0xF;
    SYNC();
    show("pending", NVIC_ISPR & 0xFF);
    ASM("msr basepri_max, %0" ::"r"(0x80) : "memory");
    show("basepri", basepri());
    ASM("msr basepri_max, %0" ::"r"(0x40) : "memory");
    show("basepri", basepri());
    ASM("msr basepri_max, %0" ::"r"(0) : "memory");
    show("basepri", basepri());
    ASM("msr basepri, %0\n isb" ::"r"(0x80) : "memory");
    show("pending", NVIC_ISPR & 0xFF);
    ASM("cpsid f" ::: "memory");
    ASM("msr basepri, %0\n isb" ::"r"(0) : "memory");
    show("faultmask", faultmask());
    show("pending", NVIC_ISPR & 0xFF);
    NVIC_ICPR = 8;
    ASM("cpsie f\n isb" ::: "memory");
    show("faultmask", faultmask());
    text("\n");
    mode = FAULT;
    text("svc behind primask\n");
    ASM("cpsid i\n svc 3\n cpsie i" ::: "memory");
    text("a fault behind primask\n");
    SHCSR = 7 << 16;
    ASM("cpsid i" ::: "memory");
    ASM("ldr r1, [%0]" ::"r"(NOWHERE) : "r1", "memory");
    show("primask", primask());
    ASM("cpsie i" ::: "memory");
    text(" a fault outranked by basepri\n");
    SHPR1 = 0x404040;
    ASM("msr basepri, %0" ::"r"(0x40) : "memory");
    ASM(".short 0xde02");
    ASM("msr basepri, %0" ::"r"(0x60) : "memory");
    ASM(".short 0xde03");
    ASM("msr basepri, %0" ::"r"(0) : "memory");
    SHPR1 = 0;
    SHCSR = 0;
}

#if __ARM_FP
static void floating(void)
{
    static const u32 lazy[] = {0xC0000000, 0x80000000, 0};
    mode = LAZY;
    FPDSCR = 1 << 25;
    for (int i = 0; i < 3; i++) {
        u32 s0, status;
        text("floating point");
        show("fpccr", lazy[i]);
        text("\n");
        FPCCR = lazy[i];
        ASM("msr control, %0\n isb" ::"r"(0));
        ASM("vmov s0, %0\n vmov s15, %1\n vmsr fpscr, %1" ::"r"(0x3F800000), "r"(0x10000000) : "s0", "s15");
        show("control", control());
        text("\n");
        if (i < 2)
            ASM("svc 1" ::: "memory");
        ASM("vmov %0, s0\n vmrs %1, fpscr" : "=r"(s0), "=r"(status));
        show("s0", s0);
        show("fpscr", status);
        show("control", control());
        text("\n");
    }
    FPCCR = 0xC0000000;
    ASM("msr control, %0\n isb" ::"r"(0));
}

#endif

static void unprivileged(void)
{
    text("unprivileged\n");
    mode = PRIVILEGE;
    SHCSR = 7 << 16;
    ASM("msr psp, %0" ::"r"(RAM + 0x1000));
    ASM("msr control, %0\n isb" ::"r"(1));
    ASM("cpsid i\n cpsid f\n msr basepri, %0\n msr psp, %0" ::"r"(0x40) : "memory");
    u32 seen[] = {control(), basepri(), psp(), primask()}; /* QEMU refuses unprivileged semihosting */
    ASM("ldr r1, [%0]" ::"r"(0xE000ED00) : "r1", "memory");
    ASM("svc 1" ::: "memory");
    for (int i = 0; i < 4; i++)
        show("unprivileged", seen[i]);
    show("control", control());
    show("psp", psp());
    show("primask", primask());
    show("faultmask", faultmask());
    show("basepri", basepri());
    text("\n");
    SHCSR = 0;
}

static void stack_errors(u32 enabled, u32 priorities)
{
    text("stacking fails");
    show("handlers", enabled);
    text("\n");
    SHCSR = enabled << 16;
    NVIC_IPR0 = priorities;
    SHPR1 = 0x404040;
    process_stack[7] = 1 << 24;
    mode = STACK_ERROR;
    ASM("mov r4, lr\n adr lr, 1f\n orr lr, lr, #1\n str lr, [%2, #20]\n"
        "msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n str %3, [%1]\n dsb\n isb\n nop\n"
        ".balign 4\n1: movs r0, #0\n msr control, r0\n isb\n mov lr, r4"
        ::"r"(NOWHERE + 0x20), "r"(0xE000E200), "r"(process_stack), "r"(1)
        : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "cc", "memory");
    show("pending", NVIC_ISPR & 0xFF);
    text("\n");
    SHCSR = 0;
}

int main(void)
{
    CPACR |= 0xFu << 20;
    SYNC();
    NVIC_ISER = 0xF;
    frames();
    mode = FAULT;
    faults();
    text("with handlers enabled:\n");
    SHCSR = 7 << 16;
    faults();
    returns();
    SHCSR = 0;
    order(0, 0x20406080);
    order(0, 0x20202020);
    order(5, 0x20604080);
    order(7, 0x20604080);
    masks();
#if __ARM_FP
    floating();
#endif
    unprivileged();
    stack_errors(0, 0x80808080);
    stack_errors(2, 0x80808080);
    stack_errors(2, 0); /* the interrupt outranks the fault that it met */
    say(0x18, (void *)0x20026);
    for (;;)
        ;
}
