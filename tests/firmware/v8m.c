/* Tells over semihosting what Armv8-M does differently: EXC_RETURN, stack limits, regions, TT, Non-secure registers.
 * The same image runs here and on QEMU's mps2-an505 (a Cortex-M33), and the texts are compared. With NONSECURE it is
 * for the Non-secure state, to which there a few instructions of Secure code bring it. */
#include "report.h"

#define MPU_TYPE REG(0xE000ED90)
#define MPU_CTRL REG(0xE000ED94)
#define MPU_RNR REG(0xE000ED98)
#define MPU_RBAR REG(0xE000ED9C)
#define MPU_RLAR REG(0xE000EDA0)
#define STACK (RAM + 0x100000)

#define MRS(name) ({ u32 v_; ASM("mrs %0, " #name : "=r"(v_)::"memory"); v_; })
#define MSR(name, value) ASM("msr " #name ", %0\n isb" ::"r"(value) : "memory")

enum { QUIET, FRAME, FAULT, NEST, TO_THREAD, LAZY, FLOATING, BAD_RETURN, OVERFLOW };
static volatile u32 mode, recover, seen_number, seen_cfsr, seen_hfsr, seen_address, seen_sp, seen_pc, expected_pc;
static u32 process_stack[256] __attribute__((aligned(32)));
static u32 buffer[256] __attribute__((aligned(1024)));
extern char after_overflow[];

static void step_over(u32 *frame)
{
    if (seen_cfsr & 1)
        frame[6] = frame[5] & ~1u; /* a branch: back to its caller */
    else
        frame[6] += *(unsigned short *)frame[6] >> 11 >= 0x1D ? 4 : 2;
}

u32 record(u32 number, u32 *frame, u32 link)
{
    switch (mode) {
    case FRAME:
        text("  exception");
        show("number", number);
        show("lr", link);
        show("control", MRS(control));
        show("xpsr", frame[7]);
        show("aligned", (u32)frame & 7);
        text("\n");
        break;
    case FAULT:
        if (number == 11) { /* the way back to privilege */
            MSR(control, 0);
            break;
        }
        seen_number = number;
        seen_cfsr = CFSR;
        seen_hfsr = HFSR;
        seen_address = CFSR & 0x80 ? MMFAR : 0;
        seen_sp = (u32)frame;
        seen_pc = frame[6];
        CFSR = CFSR;
        HFSR = HFSR;
        if (!(seen_cfsr & 1 << 18)) /* an invalid return: the frame is that of the exception it ended */
            step_over(frame);
        break;
    case NEST:
        text("  handler");
        show("number", number);
        show("lr", link);
        text("\n");
        if (number == 11) {
            NVIC_ISPR = 1;
            SYNC();
        }
        break;
    case TO_THREAD: /* allowed in Armv8-M, whatever is active */
        if (number == 16) {
            ASM("svc 0" ::: "memory");
            show("ipsr", MRS(ipsr));
            show("active", REG(0xE000E300));
            ASM("svc 0" ::: "memory");
            show("ipsr", MRS(ipsr));
        } else if (link & 8) {
            frame[7] |= 16;
            return link & ~8u;
        } else {
            frame[7] &= ~0x1FFu;
            return link | 8;
        }
        break;
    case LAZY:
        show("frame", frame[8]);
        show("", frame[26]);
        ASM("vmov %0, s16" : "=r"(number));
        show("s16", number);
        ASM("vmov %0, s0" : "=r"(number));
        if (FPCCR & 1 << 26) /* else UNKNOWN */
            show("s0", number);
        show("frame", frame[8]);
        show("", frame[26]);
        ASM("vmov s0, %0\n vmov s16, %0" ::"r"(0x55555555));
        number = 0;
        break;
    case FLOATING:
        ASM("vmov s0, %0\n vmov s16, %0" ::"r"(0x33333333) : "s0", "s16");
        break;
    case BAD_RETURN:
        mode = FAULT;
        recover = link;
        return link | 2;
    case OVERFLOW:
        text("  overflow");
        show("number", number);
        show("lr", link);
        show("cfsr", CFSR);
        show("psp", MRS(psp) - (u32)process_stack);
        text("\n");
        CFSR = CFSR;
        if (number == 6) { /* nothing was stacked: a frame to return by */
            MSR(psplim, 0);
            process_stack[100 + 6] = (u32)after_overflow & ~1u;
            process_stack[100 + 7] = 1 << 24;
            MSR(psp, (u32)(process_stack + 100));
        }
        break;
    }
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

__attribute__((naked)) void reset(void)
{
    ASM("movw r0, #0xED88\n movt r0, #0xE000\n mov r1, #0xF00000\n str r1, [r0]\n dsb\n isb\n b main"); /* main saves s16-s31 */
}

__attribute__((section(".vectors"), used)) const void *const vectors[24] = {
    (void *)STACK, (void *)reset, [2 ... 23] = (void *)handler};

#ifdef NONSECURE
/* As Secure code starts Non-secure code: memory, interrupts, faults and the FPU are given away. */
__attribute__((section(".secure"))) void secure(void)
{
    static const u32 controllers[] = {0x58007000, 0x58008000}; /* of the memories at 0 and 0x28000000 */
    for (int i = 0; i < 2; i++) {
        REG(controllers[i]) &= ~(1u << 8); /* no automatic increment */
        for (u32 index = i ? 0 : 1; index <= REG(controllers[i] + 0x10); index++) {
            REG(controllers[i] + 0x18) = index;
            REG(controllers[i] + 0x1C) = 0xFFFFFFFF;
        }
    }
    REG(0xE000EDD0) = 2; /* SAU_CTRL.ALLNS */
    REG(0xE000E380) = 0xFFFFFFFF; /* NVIC_ITNS0 */
    REG(0xE000ED0C) = 0x05FA2000; /* AIRCR.BFHFNMINS */
    REG(0xE000ED8C) = 0xCFF; /* NSACR */
    REG(0xE002ED08) = CODE; /* VTOR_NS */
    SYNC();
    MSR(msp_ns, REG(CODE));
    ASM("bxns %0" ::"r"(REG(CODE + 4) & ~1u));
    __builtin_unreachable();
}

__attribute__((section(".secure_vectors"), used)) const void *const secure_vectors[2] = {
    (void *)0x38300000, (void *)secure};
#endif

static void outcome(const char *what)
{
    text(what);
    show("exception", seen_number);
    show("cfsr", seen_cfsr);
    show("hfsr", seen_hfsr);
    show("at", seen_address);
    text("\n");
    seen_number = seen_cfsr = seen_hfsr = seen_address = 0;
}

static void identity(void)
{
    text("identity");
    show("part", REG(0xE000ED00) & 0xFFF0);
    for (u32 at = 0xE000ED40; at < 0xE000ED80; at += 4)
        show("", REG(at));
    show("mvfr", REG(0xE000EF40));
    show("", REG(0xE000EF44));
    show("", REG(0xE000EF48));
    show("ccr", CCR);
    show("aircr", AIRCR);
    show("fpccr", FPCCR);
    show("control", MRS(control));
    show("shcsr", SHCSR);
    CCR = 0xFFFFFFFF & ~(1u << 3 | 1u << 4);
    show("ccr", CCR & ~0x70400u); /* QEMU 7.2 has no STKOFHFNMIGN there */
    CCR = 0;
    show("ccr", CCR);
    AIRCR = 0x05FA4300;
    show("aircr", AIRCR);
    AIRCR = 0x05FA0000;
    SHPR1 = 0xE0E0E0E0;
    show("shpr1", SHPR1);
    SHPR1 = 0;
    SHCSR = 0xF0000;
    show("shcsr", SHCSR);
    SHCSR = 7 << 16;
    text("\n");
}

static void frames(void)
{
    text("frames\n");
    mode = FRAME;
    ASM("svc 1" ::: "memory");
    ASM("msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n svc 2\n movs r0, #0\n msr control, r0\n isb"
        ::"r"(process_stack + 255) : "r0", "memory");
    ASM("vmov s0, %0\n svc 3" ::"r"(1) : "s0", "memory");
    show("control", MRS(control));
    MSR(control, 0);
    text("\n");
    mode = NEST;
    NVIC_IPR0 = 0;
    REG(0xE000ED1C) = 0x80000000; /* SVCall */
    ASM("svc 4" ::: "memory");
    ASM("vmov s0, %0\n svc 5" ::"r"(1) : "s0", "memory");
    MSR(control, 0);
    REG(0xE000ED1C) = 0;
    text("return to thread mode with an exception active\n");
    NVIC_IPR0 = 0x80;
    mode = TO_THREAD;
    NVIC_ISPR = 1;
    SYNC();
    show("active", REG(0xE000E300));
    text("\n");
}

/* Runs an instruction with SP `room` above the limit of the process stack. */
#define OVER(room, instruction) \
    ({ \
        mode = FAULT; \
        MSR(psplim, (u32)process_stack + 0x80 + 5); \
        ASM("msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n" instruction "\n mrs r5, psp\n movs r0, #0\n msr control, r0\n isb\n" \
            "mov %0, r5" : "+r"(sp_) : : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "s0", "s31", "memory"); \
        MSR(psplim, 0); \
        show("sp", sp_ - (u32)process_stack); \
        show("below", process_stack[31]); \
        outcome("  " instruction); \
    })

static void stack_limits(void)
{
    u32 sp_;
#define AT(room) sp_ = (u32)process_stack + 0x80 + (room)
    text("stack limits");
    MSR(psplim, 0xFFFFFFFF);
    show("psplim", MRS(psplim));
    MSR(msplim, 0x1234567F);
    show("msplim", MRS(msplim));
    MSR(msplim, 0);
    MSR(psplim, 0);
    text("\n");
    SHCSR = 7 << 16;
    AT(0x30); OVER(0x30, "sub sp, #0x30");
    AT(0x30); OVER(0x30, "sub sp, #0x34");
    AT(0x30); OVER(0x30, "sub.w sp, sp, #0x34");
    AT(0x30); OVER(0x30, "subw sp, sp, #0x134");
    AT(0x30); OVER(0x30, "movs r1, #0x34\n sub.w sp, sp, r1");
    AT(0x30); OVER(0x30, "mvn r1, #0x33\n add sp, r1");
    AT(0x30); OVER(0x30, "mvn r1, #0x33\n add.w sp, sp, r1");
    AT(0x30); OVER(0x30, "mov r1, sp\n subs r1, #0x34\n mov sp, r1");
    AT(0x30); OVER(0x30, "mov r1, sp\n subs r1, #0x34\n mov.w sp, r1");
    AT(0x20); OVER(0x20, "push {r0-r7, lr}");
    AT(0x20); OVER(0x20, "push.w {r0-r8, lr}");
    AT(0x20); OVER(0x20, "str r0, [sp, #-0x24]!");
    AT(0x20); OVER(0x20, "strb r0, [sp], #-0x24");
    AT(0x20); OVER(0x20, "strd r0, r1, [sp, #-0x24]!");
    AT(0x20); OVER(0x20, "ldr r0, [sp, #-0x24]!");
    AT(0x20); OVER(0x20, "ldrd r0, r1, [sp], #-0x24");
    AT(0x20); OVER(0x20, "ldmdb sp!, {r0-r4, r6-r9}");
    AT(0x70); OVER(0x70, "vpush {s0-s31}");
    MSR(control, 0);
    AT(0x20); OVER(0x20, "pop {r0, r1}");
    text("to the process stack pointer by MSR");
    MSR(psplim, (u32)process_stack + 0x80);
    MSR(psp, (u32)process_stack);
    show("psp", MRS(psp) - (u32)process_stack);
    MSR(psplim, 0);
    text("\n");
    text("stacking\n");
    mode = OVERFLOW;
    MSR(psplim, (u32)process_stack + 0x80);
    ASM("mov r4, lr\n msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n svc 7\n .global after_overflow\nafter_overflow:\n"
        " movs r0, #0\n msr control, r0\n isb\n mov lr, r4"
        ::"r"(process_stack + 36) : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "cc", "memory");
    show("below", process_stack[31]);
    text("\n");
}

static void invalid_return(void)
{
    text("invalid return\n");
    mode = BAD_RETURN;
    ASM("svc 1" ::: "memory");
    outcome(" ");
}

static void release(void)
{
    u32 word, half, byte, status[4];
    mode = FAULT;
    text("acquire and release");
    buffer[0] = 0x89ABCDEF;
    ASM("lda %0, [%3]\n ldah %1, [%3]\n ldab %2, [%3]" : "=&r"(word), "=&r"(half), "=&r"(byte) : "r"(buffer) : "memory");
    show("", word); show("", half); show("", byte);
    ASM("stl %0, [%1]\n stlh %0, [%2]\n stlb %0, [%3]" ::"r"(0x13579BDF), "r"(buffer), "r"(buffer + 1), "r"(buffer + 2) : "memory");
    show("", buffer[0]); show("", buffer[1]); show("", buffer[2]);
    ASM("ldaex %0, [%4]\n stlex %1, %5, [%4]\n stlex %2, %5, [%4]\n ldaexb %0, [%4]\n clrex\n stlexb %3, %5, [%4]"
        : "=&r"(word), "=&r"(status[0]), "=&r"(status[1]), "=&r"(status[2]) : "r"(buffer), "r"(0x2468ACE0) : "memory");
    show("", word); show("", status[0]); show("", status[1]); show("", status[2]); show("", buffer[0]);
    text("\n");
    ASM("lda r0, [%0]" ::"r"((u32)buffer + 2) : "r0");
    outcome("  lda misaligned");
    ASM("stlh r0, [%0]" ::"r"((u32)buffer + 1) : "r0");
    outcome("  stlh misaligned");
    ASM("ldaexh r0, [%0]" ::"r"((u32)buffer + 1) : "r0");
    outcome("  ldaexh misaligned");
}

#define SET(name, value) MSR(name, value); show(#name, MRS(name))

static void nonsecure_registers(void)
{
    text("non-secure registers\n");
    SET(msp_ns, 0x38001237);
    SET(psp_ns, 0x3800123B);
    SET(msplim_ns, 0x38001007);
    SET(psplim_ns, 0x3800100F);
    SET(control_ns, 0xFFFFFFFB);
    show("sp_ns", MRS(sp_ns));
    MSR(sp_ns, 0x38001400);
    show("psp_ns", MRS(psp_ns));
    SET(control_ns, 0);
    show("sp_ns", MRS(sp_ns));
    mode = FAULT;
    MSR(sp_ns, 0x38000100);
    outcome("  sp_ns below its limit");
    mode = FRAME;
    NVIC_IPR0 = 0x40;
    SET(primask_ns, 1);
    NVIC_ISPR = 1;
    SYNC();
    text(" masked\n");
    MSR(primask_ns, 0);
    SYNC();
    SET(basepri_ns, 0x40);
    NVIC_ISPR = 1;
    SYNC();
    text(" masked\n");
    SET(basepri_ns, 0x60);
    SYNC();
    SET(basepri_ns, 0);
    NVIC_IPR0 = 0x60C0;
    AIRCR = 0x05FA4000; /* PRIS: Non-secure priorities are the lower half */
    SET(primask_ns, 1);
    NVIC_ISPR = 3;
    SYNC();
    show("pending", NVIC_ISPR & 3);
    MSR(primask_ns, 0);
    SYNC();
    SET(basepri_ns, 0x20); /* 0x90 */
    NVIC_IPR0 = 0x80A0;
    NVIC_ISPR = 3;
    SYNC();
    show("pending", NVIC_ISPR & 3);
    SET(basepri_ns, 0);
    AIRCR = 0x05FA0000;
    SET(faultmask_ns, 1);
    SET(faultmask_ns, 0);
    show("control", MRS(control));
    show("primask", MRS(primask));
    text("\n");
}

static void alias(void)
{
    static const u32 offsets[] = {0xD00, 0xD08, 0xD0C, 0xD10, 0xD14, 0xD18, 0xD1C, 0xD20, 0xD88, 0xF34, 0xF38, 0x100, 0x400};
    text("alias");
    for (int i = 0; i < 13; i++)
        show("", REG(0xE002E000 + offsets[i]) & ~(i ? 0 : 0xFFFF000Fu)); /* of CPUID the part */
    text("\n ");
    for (int i = 0; i < 13; i++)
        if (i != 2 && i != 3 && i != 4) { /* AIRCR, SCR, CCR */
            REG(0xE002E000 + offsets[i]) = 0xC0E0E000; /* QEMU has more priority bits */
            show("", REG(0xE002E000 + offsets[i]) & ~(i ? 0 : 0xFFFF000Fu));
            REG(0xE002E000 + offsets[i]) = 0;
        }
    text("\n");
}

static void gateway(void)
{
    u32 a = 0, b = 0, back;
    mode = FAULT;
    text("gateway");
    /* ITTT NE; SG; MOV r0, #1; MOV r1, #1: assemblers want no SG there */
    ASM("movs r0, #0\n movs r1, #0\n cmp r0, r0\n .short 0xbf1e, 0xe97f, 0xe97f, 0x2001, 0x2101\n mov %0, r0\n mov %1, r1"
        : "=r"(a), "=r"(b)::"r0", "r1", "cc");
    show("", a);
    show("", b);
    ASM("adr r1, 1f\n adds r1, #1\n bxns r1\n movs %0, #1\n.balign 4\n1:" : "+r"(a)::"r1", "cc");
    ASM("adr r1, 2f\n adds r1, #1\n blxns r1\n.balign 4\n2: sub %0, lr, r1" : "=&r"(back)::"r1", "lr", "cc");
    show("", a);
    show("back", back);
    outcome("");
}

static void floating(void)
{
    u32 s0, s15;
    static const u32 ways[] = {0xC0000004, 0x80000004};
    for (int i = 0; i < 2; i++) {
        mode = FAULT;
        text("lazy state");
        FPCCR = ways[i];
        buffer[0] = 0;
        ASM("vmov s0, %0\n vmov s15, %1" ::"r"(0x11111111), "r"(0x22222222) : "s0", "s15");
        show("control", MRS(control));
        ASM("vlstm %0" ::"r"(buffer) : "memory");
        show("control", MRS(control));
        show("fpccr", FPCCR & 0xC000000F);
        show("stored", buffer[0]);
        show("", buffer[15]);
        if (FPCCR & 1)
            show("room", FPCAR - (u32)buffer);
        ASM("vlldm %0" ::"r"(buffer) : "memory");
        show("control", MRS(control));
        show("fpccr", FPCCR & 0xC0000005);
        ASM("vmov %0, s0\n vmov %1, s15" : "=r"(s0), "=r"(s15));
        show("s0", s0);
        show("s15", s15);
        MSR(control, 0);
        ASM("vlstm %0\n vlldm %0" ::"r"(buffer + 1) : "memory"); /* nothing of Secure code's to save */
        outcome("");
    }
    text("all registers are secret\n");
    for (int i = 0; i < 2; i++) {
        u32 s16;
        mode = LAZY;
        FPCCR = (i ? 0xC0000004 : 0x80000004) | 1 << 26;
        show("fpccr", FPCCR);
        ASM("vmov s0, %0\n vmov s16, %0" ::"r"(0x44444444) : "s0", "s16");
        ASM("svc 0\n vmov %0, s0\n vmov %1, s16" : "=r"(s0), "=r"(s16)::"s0", "s16", "memory");
        show("s0", s0);
        show("s16", s16);
        mode = FAULT;
        ASM("vlstm %2\n vlldm %2\n vmov %0, s0\n vmov %1, s16" : "=r"(s0), "=r"(s16) : "r"(buffer) : "memory");
        show("s0", s0);
        show("s16", s16);
        show("stored", buffer[0]);
        show("", buffer[18]);
        MSR(control, 0);
        outcome("");
    }
    text("cleared on return");
    mode = FLOATING;
    for (int i = 0; i < 2; i++) {
        FPCCR = 0xC0000004 | i << 28;
        ASM("svc 0\n vmov %0, s0\n vmov %1, s15" : "=r"(s0), "=r"(s15)::"s0", "memory");
        show("s0", s0);
        show("s15", s15);
        MSR(control, 0);
    }
    text("\n");
    ASM("vmov s0, %0" ::"r"(1) : "s0");
    mode = FAULT;
    FPCCR = 0x80000004;
    ASM("vlstm %0" ::"r"(buffer + 1) : "memory");
    outcome("  vlstm misaligned");
    FPCCR = 0xC0000004;
    MSR(control, 0);
}

/* ---- the MPU ---- */

#define RBAR(base, ap, xn) ((base) | (ap) << 1 | (xn))
static void region(u32 number, u32 base, u32 last, u32 ap, u32 xn)
{
    MPU_RNR = number;
    MPU_RBAR = RBAR(base, ap, xn);
    MPU_RLAR = (last & ~31u) | 1;
    SYNC();
}

static void no_region(u32 number)
{
    MPU_RNR = number;
    MPU_RLAR = 0;
    SYNC();
}

__attribute__((noinline)) static void access(char kind, u32 address)
{
    switch (kind) {
    case 'r': ASM("ldr r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 'w': ASM("str %1, [%0]" ::"r"(address), "r"(0x47704770) : "memory"); break;
    case 'b': ASM("ldrb r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 't': ASM("ldrt r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 'a': ASM("lda r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 'x': ASM("blx %0" ::"r"(address | 1) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"); break;
    }
}

static void probe(const char *kinds, u32 address)
{
    for (; *kinds; kinds++) {
        char what[] = "  ? privileged";
        what[2] = *kinds;
        access(*kinds, address);
        outcome(what);
        MSR(control, 1);
        access(*kinds, address);
        ASM("svc 0");
        what[4] = 0;
        outcome(what);
    }
}

#define TT(form, address) ({ u32 v_ = 0; ASM(#form " %0, %1" : "+r"(v_) : "r"(address)); v_; })
#define ATTRIBUTION 0xFF82FF00 /* what QEMU's machine adds: regions of the attribution units */

static void target(u32 address)
{
    u32 unprivileged[2];
    show("tt", TT(tt, address) & ~ATTRIBUTION);
    show("ttt", TT(ttt, address) & ~ATTRIBUTION);
    show("tta", TT(tta, address) & ~ATTRIBUTION);
    show("ttat", TT(ttat, address) & ~ATTRIBUTION);
    MSR(control, 1);
    unprivileged[0] = TT(tt, address);
    unprivileged[1] = TT(ttt, address);
    ASM("svc 0");
    show("tt", unprivileged[0] & ~ATTRIBUTION);
    show("ttt", unprivileged[1] & ~ATTRIBUTION);
    text("\n");
}

static void mpu(void)
{
    u32 at = (u32)buffer;
    mode = FAULT;
    SHCSR = 7 << 16;
    text("regions");
    show("type", MPU_TYPE & 0xFF);
    MPU_RNR = 3;
    MPU_RBAR = 0xFFFFFFFF;
    MPU_RLAR = 0xFFFFFFEE; /* bit 4 is Armv8.1-M's, and QEMU's */
    show("rbar", MPU_RBAR);
    show("rlar", MPU_RLAR);
    for (u32 i = 1; i < 4; i++) {
        REG(0xE000EDA4 + 8 * (i - 1)) = 0x38000000 + 0x1000 * i;
        REG(0xE000EDA8 + 8 * (i - 1)) = 0x38000FE0 + 0x1000 * i;
    }
    MPU_RNR = 0;
    for (u32 i = 1; i < 4; i++)
        show("", REG(0xE000EDA4 + 8 * (i - 1)));
    MPU_RNR = 5;
    REG(0xE000EDA4) = 0x12345660; /* region 5 itself */
    show("rbar", MPU_RBAR);
    REG(0xE000EDAC) = 0x22345660;
    MPU_RNR = 6;
    show("rbar", MPU_RBAR);
    for (u32 i = 0; i < 8; i++)
        no_region(i);
    REG(0xE000EDC0) = 0x44FF0422;
    REG(0xE000EDC4) = 0x11223344;
    show("mair", REG(0xE000EDC0));
    show("", REG(0xE000EDC4));
    text("\nno MPU");
    target(at);
    for (int i = 0; i < 256; i++)
        buffer[i] = 0x47704770; /* bx lr */
    region(0, CODE, CODE + 0xFFFFF, 3, 0);
    region(1, RAM, at - 1, 1, 0);
    region(2, at + 1024, RAM + 0x1FFFFF, 1, 0);
    MPU_CTRL = 1;
    SYNC();
    for (u32 ap = 0; ap < 4; ap++)
        for (u32 xn = 0; xn < 2; xn++) {
            region(7, at, at + 1023, ap, xn);
            text("access");
            show("ap", ap);
            show("xn", xn);
            target(at + 128);
            probe("rwxta", at + 128);
        }
    text("edges\n");
    region(7, at + 32, at + 63, 1, 0);
    probe("b", at + 31);
    probe("b", at + 32);
    probe("b", at + 63);
    probe("b", at + 64);
    text("overlap");
    region(6, at + 32, at + 95, 1, 0);
    target(at + 40);
    probe("rwx", at + 40);
    probe("r", at + 64);
    no_region(6);
    text("background");
    no_region(7);
    target(at);
    probe("r", at);
    MPU_CTRL = 5;
    SYNC();
    target(at);
    probe("rx", at);
    text("private peripherals");
    target(0xE000ED00);
    probe("r", 0xE000ED00);
    text("FAULTMASK");
    MPU_CTRL = 1;
    SYNC();
    ASM("cpsid f\n isb");
    access('r', at);
    u32 behind = TT(tt, at);
    ASM("cpsie f\n isb");
    show("tt", behind & ~ATTRIBUTION);
    outcome("  r");
    MPU_CTRL = 0;
    SYNC();
}

int main(void)
{
    static const u32 leave = 0x20026;
    identity();
    NVIC_ISER = 0xF;
    frames();
    stack_limits();
    invalid_return();
    release();
    nonsecure_registers();
    alias();
    gateway();
    floating();
    mpu();
    say(0x18, (void *)leave);
    for (;;)
        ;
}
