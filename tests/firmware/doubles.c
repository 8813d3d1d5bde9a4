/* Double precision, and what FPv5 adds: every operation on pairs of awkward numbers, in every mode of FPSCR.
 * Prints a digest of results and flags for each operation and mode. */
#include "report.h"

typedef unsigned long long u64;

void reset(void);
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {(void *)0x20002000, reset};

static const u64 numbers[] = {
    0x8000000000000001, 0x000fffffffffffff, 0x3ff0000000000001, 0xbfe8000000000000, 0x41dfffffffe00000,
    0xfff0000000000000, 0x7ff4000000001234, 0xfff8000000005678, 0x3690000000000001,
};
enum { N = sizeof numbers / sizeof *numbers };

static const u32 modes[] = {0, 3 << 24, 1 << 22, 1 << 26 | 2 << 22, 3 << 22};

static u32 digest;

static void add(u64 word)
{
    digest = (digest ^ (u32)word) * 0x01000193u;
    digest = (digest ^ (u32)(word >> 32)) * 0x01000193u;
}

#define OPERATION(name, code)                                                              \
    static void name(u64 a, u64 b, u64 c)                                                  \
    {                                                                                      \
        ASM("vmov d0, %Q0, %R0\n vmov d1, %Q1, %R1\n vmov d2, %Q2, %R2\n" code             \
            "\n vmov %Q0, %R0, d0"                                                         \
            : "+r"(a) : "r"(b), "r"(c) : "d0", "d1", "d2", "cc");                          \
        add(a);                                                                            \
    }

#define ALL(X)                                                                                               \
    X(vadd, "vadd.f64 d0, d1, d2") X(vsub, "vsub.f64 d0, d1, d2") X(vmul, "vmul.f64 d0, d1, d2")             \
    X(vdiv, "vdiv.f64 d0, d1, d2") X(vsqrt, "vsqrt.f64 d0, d1") X(vmla, "vmla.f64 d0, d1, d2")               \
    X(vnmls, "vnmls.f64 d0, d1, d2") X(vfma, "vfma.f64 d0, d1, d2") X(vfnma, "vfnma.f64 d0, d1, d2")         \
    X(vmaxnm, "vmaxnm.f64 d0, d1, d2") X(vminnm, "vminnm.f32 s0, s3, s5")                                    \
    X(vcmp, "vcmp.f64 d1, d2") X(vcmpe, "vcmpe.f64 d1, #0")                                                  \
    X(vsel, "vcmp.f64 d1, d2\n vmrs apsr_nzcv, fpscr\n vselgt.f64 d0, d1, d2")                               \
    X(vrinta, "vrinta.f64 d0, d1") X(vrintx, "vrintx.f64 d0, d2") X(vrintr, "vrintr.f32 s0, s3")             \
    X(narrow, "vcvt.f32.f64 s0, d1") X(widen, "vcvt.f64.f32 d0, s3") X(tohalf, "vcvtt.f16.f64 s0, d1")       \
    X(fromhalf, "vcvtb.f64.f16 d0, s3") X(signed_, "vcvtr.s32.f64 s0, d1") X(up, "vcvtp.u32.f64 s1, d2")     \
    X(fixed, "vmov.f64 d0, d1\n vcvt.s16.f64 d0, d0, #5") X(integer, "vcvt.f64.u32 d0, s3")         \
    X(fromfixed, "vmov.f32 s0, s2\n vcvt.f32.u32 s0, s0, #9")

ALL(OPERATION)

#define ENTRY(name, code) {#name, name},
static const struct {
    const char *name;
    void (*run)(u64, u64, u64);
} operations[] = {ALL(ENTRY)};

void reset(void)
{
    CPACR = 0xF00000;
    SYNC();
    for (unsigned k = 0; k < sizeof operations / sizeof *operations; k++) {
        text(operations[k].name);
        for (unsigned m = 0; m < sizeof modes / sizeof *modes; m++) {
            digest = 0;
            for (unsigned i = 0; i < N; i++)
                for (unsigned j = 0; j < N; j++) {
                    u32 status = modes[m];
                    ASM("vmsr fpscr, %0" ::"r"(status));
                    operations[k].run(numbers[(i + 2 * j) % N], numbers[i], numbers[j]);
                    ASM("vmrs %0, fpscr" : "=r"(status));
                    add(status);
                }
            show("", digest);
        }
        text("\n");
    }
    say(0x18, (void *)0x20026);
}
