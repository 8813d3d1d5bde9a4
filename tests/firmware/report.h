/* What the test programs share: registers by name, and telling over semihosting what was seen. */
typedef unsigned int u32;

#ifndef CODE /* where the memories are, and where there is nothing */
#define CODE 0
#define RAM 0x20000000u
#define NOWHERE 0x80000000u
#endif

#define ASM __asm__ volatile
#define SYNC() ASM("dsb\nisb" ::: "memory")
#define REG(address) (*(volatile u32 *)(address))
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)
#define SYST_CVR REG(0xE000E018)
#define NVIC_ISER REG(0xE000E100)
#define NVIC_ICER REG(0xE000E180)
#define NVIC_ISPR REG(0xE000E200)
#define NVIC_ICPR REG(0xE000E280)
#define NVIC_IABR REG(0xE000E300)
#define NVIC_IPR0 REG(0xE000E400)
#define CPUID REG(0xE000ED00)
#define ICSR REG(0xE000ED04)
#define VTOR REG(0xE000ED08)
#define AIRCR REG(0xE000ED0C)
#define SCR REG(0xE000ED10)
#define CCR REG(0xE000ED14)
#define SHPR1 REG(0xE000ED18)
#define SHPR2 REG(0xE000ED1C)
#define SHPR3 REG(0xE000ED20)
#define SHCSR REG(0xE000ED24)
#define CFSR REG(0xE000ED28)
#define HFSR REG(0xE000ED2C)
#define MMFAR REG(0xE000ED34)
#define BFAR REG(0xE000ED38)
#define CPACR REG(0xE000ED88)
#define STIR REG(0xE000EF00)
#define FPCCR REG(0xE000EF34)
#define FPCAR REG(0xE000EF38)
#define FPDSCR REG(0xE000EF3C)

static u32 say(u32 operation, const void *parameter)
{
    register u32 r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    ASM("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void text(const char *s) { say(4, s); }

static void show(const char *name, u32 value)
{
    volatile char line[12]; /* byte by byte: unaligned accesses may be trapped */
    line[0] = '=';
    for (int i = 0; i < 8; i++)
        line[1 + i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15];
    line[9] = 0;
    text(" ");
    text(name);
    text((const char *)line);
}

#define READ(name) \
    static inline u32 name(void) { u32 v; ASM("mrs %0, " #name : "=r"(v)::"memory"); return v; }
