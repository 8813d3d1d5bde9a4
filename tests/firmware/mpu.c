/* Asks the MPU about every kind of access and tells over semihosting what happened: one line each. The same
 * image runs here and on QEMU's mps2-an386, and the two texts are compared. Nothing in it depends on time. */
#include "report.h"

#define MPU_TYPE REG(0xE000ED90)
#define MPU_CTRL REG(0xE000ED94)
#define MPU_RNR REG(0xE000ED98)
#define MPU_RBAR REG(0xE000ED9C)
#define MPU_RASR REG(0xE000EDA0)
#define RASR(ap, xn, srd, log2_size) ((xn) << 28 | (ap) << 24 | (srd) << 8 | ((log2_size) - 1) << 1 | 1)
enum { NONE, PRIVILEGED, READ_FOR_ALL, FULL, AP4, PRIVILEGED_READ, READ_ONLY, READ_ONLY_TOO };

static u32 buffer[1024] __attribute__((aligned(4096)));
static volatile u32 number_seen, cfsr_seen, hfsr_seen, address_seen, lock_frame;
#define BEYOND 0x20018000 /* RAM that no region covers */
extern char after_svc[];

static void region(u32 number, u32 base, u32 rasr)
{
    MPU_RNR = number;
    MPU_RASR = 0; /* else the old attributes would hold at the new base for a moment */
    MPU_RBAR = base | 1 << 4 | number;
    MPU_RASR = rasr;
    SYNC();
}

void record(u32 number, u32 *frame)
{
    if (number == 11) {
        ASM("msr control, %0" ::"r"(0));
        if (lock_frame) /* the frame to return to is out of reach: MUNSTKERR */
            region(7, (u32)buffer, RASR(NONE, 0, 0, 12));
        lock_frame = 0;
        return;
    }
    number_seen = number;
    cfsr_seen = CFSR;
    hfsr_seen = HFSR;
    address_seen = CFSR & 0x80 ? MMFAR : 0;
    CFSR = CFSR;
    HFSR = HFSR;
    if (cfsr_seen & 0x18) {
        region(7, 0, 0);
        if (cfsr_seen & 0x10) { /* nothing was stacked */
            frame[6] = (u32)after_svc & ~1u;
            frame[7] = 1 << 24;
        }
    } else if (cfsr_seen & 1) {
        frame[6] = frame[5] & ~1u; /* a branch: back to its caller */
    } else {
        frame[6] += *(unsigned short *)frame[6] >> 11 >= 0x1D ? 4 : 2;
    }
}

__attribute__((naked)) void handler(void)
{
    ASM("mrs r0, ipsr\n tst lr, #4\n ite eq\n mrseq r1, msp\n mrsne r1, psp\n push {r4, lr}\n bl record\n pop {r4, pc}");
}

__attribute__((naked)) void reset(void) { ASM("b main"); }

__attribute__((section(".vectors"), used)) const void *const vectors[24] = {
    (void *)0x20010000, (void *)reset, [2 ... 23] = (void *)handler};

static void outcome(const char *what)
{
    text(what);
    show("exception", number_seen);
    show("cfsr", cfsr_seen);
    show("hfsr", hfsr_seen);
    show("at", address_seen);
    text("\n");
    number_seen = cfsr_seen = hfsr_seen = address_seen = 0;
}

__attribute__((noinline)) static void access(char kind, u32 address)
{
    switch (kind) {
    case 'r': ASM("ldr r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 'w': ASM("str %1, [%0]" ::"r"(address), "r"(0x47704770) : "memory"); break;
    case 'b': ASM("ldrb r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 't': ASM("ldrt r0, [%0]" ::"r"(address) : "r0", "memory"); break;
    case 's': ASM("strt %1, [%0]" ::"r"(address), "r"(0x47704770) : "memory"); break;
    case 'm': ASM("ldmia %0, {r0, r1, r2, r3}" ::"r"(address) : "r0", "r1", "r2", "r3", "memory"); break;
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
        ASM("msr control, %0\n isb" ::"r"(1));
        access(*kinds, address);
        ASM("svc 0");
        what[4] = 0;
        outcome(what);
    }
}

static void registers(void)
{
    static const u32 quiet[] = {0xFFFFFFC5, 0x00000010, 0x12345672, 0x10001234};
    show("type", MPU_TYPE);
    MPU_RNR = 3;
    MPU_RBAR = 0xFFFFFFEF; /* not VALID: region 3 */
    MPU_RASR = 0xFFFFFFFE;
    show("rbar", MPU_RBAR);
    show("rasr", MPU_RASR);
    MPU_RBAR = 0x20000016; /* VALID: region 6 */
    show("rnr", MPU_RNR);
    show("rbar", MPU_RBAR);
    MPU_RNR = 3;
    show("rbar", MPU_RBAR);
    for (int i = 0; i < 4; i++) /* the aliases write other regions of the same four */
        REG(0xE000EDA4 + 4 * i) = i & 1 ? 0x03000012 + (quiet[i] & 0xFF00) : 0x20000000 + 256 * i + 16 + i;
    for (int i = 0; i < 8; i++) {
        MPU_RNR = i;
        show("", MPU_RBAR);
        show("", MPU_RASR);
        MPU_RASR = 0;
    }
    text("\n");
}

__attribute__((noinline)) static void call_on(u32 stack)
{
    ASM("msr psp, %0\n movs r0, #2\n msr control, r0\n isb\n svc 7\n .global after_svc\nafter_svc:\n movs r0, #0\n msr control, r0\n isb"
        ::"r"(stack) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

int main(void)
{
    static const u32 leave = 0x20026;
    u32 at = (u32)buffer;
    text("registers\n");
    registers();
    SHCSR = 1 << 16;
    for (int i = 0; i < 1024; i++)
        buffer[i] = 0x47704770; /* bx lr */
    region(0, 0, RASR(READ_ONLY, 0, 0, 20));
    region(1, 0x20000000, RASR(FULL, 0, 0, 16));
    MPU_CTRL = 5;
    SYNC();
    for (u32 ap = 0; ap < 8; ap++)
        for (u32 xn = 0; xn < 2; xn++)
            if (ap != AP4) {
                region(7, at, RASR(ap, xn, 0, 8));
                text("access");
                show("ap", ap);
                show("xn", xn);
                text("\n");
                probe("rwx", at + 128);
            }
    text("unprivileged forms\n");
    region(7, at, RASR(PRIVILEGED, 0, 0, 5));
    probe("ts", at + 4);
    region(7, at, RASR(READ_FOR_ALL, 0, 0, 5));
    probe("ts", at + 4);
    text("edges\n");
    region(7, at + 32, RASR(NONE, 0, 0, 5));
    probe("b", at + 31);
    probe("b", at + 32);
    probe("b", at + 63);
    probe("b", at + 64);
    probe("m", at + 24);
    text("subregions\n");
    region(7, 0x20008000, RASR(NONE, 0, 0xA5, 13)); /* QEMU mixes subregions of less than 1 KB up */
    for (int i = 0; i < 8; i++)
        probe("b", 0x20008000 + 1024 * i + (i & 1 ? 1023 : 0));
    text("priority\n");
    region(6, at, RASR(FULL, 0, 0, 8));
    probe("r", at);
    region(6, at, RASR(NONE, 0, 0, 8));
    region(7, at, RASR(FULL, 0, 0, 8));
    probe("r", at);
    region(7, at, 0);
    probe("r", at);
    region(6, at, 0);
    text("background\n");
    probe("rw", BEYOND);
    probe("x", 0x40000000); /* never executable, and not mapped */
    MPU_CTRL = 1;
    SYNC();
    probe("rw", BEYOND);
    probe("r", 0xE000ED00);
    MPU_CTRL = 4;
    SYNC();
    probe("r", BEYOND);
    MPU_CTRL = 5;
    SYNC();
    text("whole address space\n");
    region(7, 0, RASR(FULL, 0, 0xFD, 32)); /* from 0x20000000 */
    probe("r", BEYOND);
    region(7, at, RASR(NONE, 0, 0, 12));
    text("FAULTMASK\n");
    ASM("cpsid f\n isb");
    access('r', at);
    ASM("cpsie f\n isb");
    outcome("  r");
    text("escalation\n");
    SHCSR = 0;
    probe("rx", at);
    SHCSR = 1 << 16;
    text("stacking\n");
    call_on(at + 0x100);
    outcome("  stack");
    text("unstacking\n");
    lock_frame = 1;
    call_on(at + 0x100);
    outcome("  stack");
    say(0x18, (void *)leave);
    for (;;)
        ;
}
