/* Calls and loops whose numbers are known: what a profile, coverage and a trace must show. Times itself with
 * the cycle counter, takes interrupts, jumps over frames, and switches between two tasks. */
typedef unsigned int u32;

#define NOINLINE __attribute__((noinline))
#define SYST_CSR (*(volatile u32 *)0xE000E010)
#define SYST_RVR (*(volatile u32 *)0xE000E014)
#define SYST_CVR (*(volatile u32 *)0xE000E018)
#define ICSR (*(volatile u32 *)0xE000ED04)
#define CPACR (*(volatile u32 *)0xE000ED88)
#define DEMCR (*(volatile u32 *)0xE000EDFC)
#define DWT_CTRL (*(volatile u32 *)0xE0001000)
#define CYCCNT (*(volatile u32 *)0xE0001004)

volatile u32 sink, ticks, short_cycles, long_cycles, switches;
u32 stacks[2][128], saved[2], scratch[8], running;

NOINLINE u32 leaf(u32 n)
{
    u32 sum = 0;
    for (u32 i = 0; i < n; i++)
        sum = sum * 31 + i; /* the body */
    __asm__ volatile("" ::"r"(sum)); /* so that no call of it is left out */
    return sum;
}

NOINLINE u32 twice(u32 n)
{
    return leaf(n) + leaf(n + 1);
}

NOINLINE u32 recurse(u32 n)
{
    return n ? recurse(n - 1) + leaf(2) : 7;
}

NOINLINE u32 in_place_of_a_return(u32 n) /* a jump to leaf, when optimised */
{
    return leaf(n + 3);
}

NOINLINE u32 choose(u32 n)
{
    if (n & 1)
        return n * 3; /* odd */
    return n + 1;     /* even */
}

/* Loads and stores of every width, conditional instructions, division, floating point. */
signed char bytes[16];
unsigned short halves[16];
float levels[16];

NOINLINE float mixed(u32 n)
{
    float sum = 0.5f;
    for (u32 i = 0; i < 16; i++) {
        bytes[i] = (signed char)(n - i * 9);
        halves[i] = (unsigned short)(n / (i + 1));
        levels[i] = (float)bytes[i] * 0.25f + (float)halves[i];
        sum = sum > 100.0f ? sum - levels[i] : sum + levels[i] / 3.0f;
        n = bytes[i] < 0 ? n * 7 : n + halves[i] % 5;
    }
    return sum;
}

/* A branch into another function, or on into a loop that looks at the stack. */
__attribute__((naked, noinline)) u32 leaves_or_loops(u32 n)
{
    __asm__ volatile("cmp r0, #0\n beq left_for\n 1: ldr r2, [sp]\n ldr r3, [sp, #4]\n subs r0, #1\n bne 1b\n"
                     "bx lr");
}

__attribute__((naked, noinline, used)) u32 left_for(void)
{
    __asm__ volatile("movs r0, #9\n bx lr");
}

NOINLINE u32 never(u32 n)
{
    if (n == 1)
        n = 5;
    return n ^ 0x55;
}

NOINLINE void measure_short(void)
{
    u32 before = CYCCNT;
    sink = leaf(100);
    short_cycles = CYCCNT - before;
}

NOINLINE void measure_long(void)
{
    u32 before = CYCCNT;
    sink = leaf(200);
    long_cycles = CYCCNT - before;
}

NOINLINE u32 tick_work(u32 n)
{
    return n + 1;
}

void tick(void)
{
    ticks = tick_work(ticks);
}

/* ---- frames that never return: a jump back from three calls down ---- */
static u32 place[2];

__attribute__((naked, returns_twice)) u32 mark(u32 *to)
{
    __asm__ volatile("mov r1, sp\n str r1, [r0]\n str lr, [r0, #4]\n movs r0, #0\n bx lr");
}

__attribute__((naked, noreturn)) void jump_back(u32 *to)
{
    __asm__ volatile("ldr r1, [r0]\n mov sp, r1\n ldr lr, [r0, #4]\n movs r0, #1\n bx lr");
}

NOINLINE void deep(u32 n)
{
    sink = leaf(n);
    if (n)
        deep(n - 1);
    else
        jump_back(place);
    sink = leaf(7); /* never */
}

NOINLINE void jumper(void)
{
    __asm__ volatile("" ::: "r4", "r5", "r6", "r8", "r9", "r10", "r11"); /* saved here: a jump restores none */
    if (!mark(place))
        deep(2);
    sink = leaf(5);
}

/* ---- two tasks ---- */
NOINLINE u32 work_a(u32 n)
{
    return leaf(n);
}

NOINLINE u32 work_b(u32 n)
{
    return leaf(n + 1);
}

static void yield(void)
{
    __asm__ volatile("" ::: "memory");
    ICSR = 1u << 28;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void task_a(void)
{
    for (;;) {
        sink = work_a(3);
        yield();
    }
}

void task_b(void)
{
    for (u32 i = 0; i < 4; i++) {
        sink = work_b(4);
        yield();
    }
    __asm__ volatile("movs r0, #0x18\n ldr r1, =0x20026\n bkpt 0xab" ::: "r0", "r1"); /* leave */
    for (;;)
        ;
}

NOINLINE u32 pick(u32 stack)
{
    if (switches++)
        saved[running] = stack;
    running ^= 1;
    return saved[running];
}

__attribute__((naked)) void pendsv(void)
{
    __asm__ volatile("mrs r0, psp\n stmdb r0!, {r4-r11}\n bl pick\n ldmia r0!, {r4-r11}\n msr psp, r0\n"
                     "mvn lr, #2\n bx lr");
}

static void prepare(u32 which, void (*task)(void))
{
    u32 *frame = stacks[which] + 128 - 16;
    frame[14] = (u32)task & ~1u;
    frame[15] = 1u << 24;
    saved[which] = (u32)frame;
}

int main(void)
{
    sink = ticks = switches = 0; /* nothing clears .bss here */
    for (u32 i = 0; i < 5; i++)
        sink = twice(i);
    sink = recurse(4);
    sink = in_place_of_a_return(1);
    for (u32 i = 0; i < 9; i++)
        sink = choose(i);
    if (ticks == 12345)
        sink = never(1);
    sink = (u32)mixed(300);
    for (u32 i = 0; i < 20; i++)
        sink = leaves_or_loops(i % 4);
    DEMCR |= 1u << 24;
    DWT_CTRL |= 1;
    measure_short();
    measure_long();
    jumper();
    SYST_RVR = 400;
    SYST_CVR = 0;
    SYST_CSR = 7;
    while (ticks < 6)
        __asm__ volatile("wfi");
    SYST_CSR = 0;
    prepare(0, task_a);
    prepare(1, task_b);
    __asm__ volatile("msr psp, %0" ::"r"(scratch + 8));
    running = 1;
    yield();
    return 0;
}

void reset(void)
{
    CPACR |= 0xFu << 20; /* before main: its prologue may push FPU registers */
    __asm__ volatile("dsb\n isb");
    main();
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) const void *const vectors[16] = {
    (void *)0x20010000, (void *)reset, [14] = (void *)pendsv, [15] = (void *)tick};
