/* Tasks that watch the kernel of rtos.h: whatever interrupts them, their registers, sums and messages are right.
 * After RUN_TICKS it prints what must be the same on every machine, and leaves. */
#include "rtos.h"

#ifndef RUN_TICKS
#define RUN_TICKS 200
#endif
enum { PRODUCERS = 2, BURST = 400 };

static queue messages, events;
static mutex guard;
static volatile u32 left_half, right_half;
static u32 sent[PRODUCERS], received[PRODUCERS], handed_over, order_errors;
static u32 float_errors, register_errors, guard_errors, tick_errors, bursts[2];
static u32 event_errors, expected_bits[2];
volatile u32 raised, lost, taken; /* events from the interrupt */
static volatile float stray; /* what the interrupt computes */

/* ---- floating point across switches ---- */
static u32 bits(float x) { union { float f; u32 u; } v = {x}; return v.u; }

__attribute__((noinline)) static u32 logistic(float start)
{
    float x = start, sum = 0, weight = 1;
    for (int i = 0; i < BURST; i++) {
        x = 3.7f * x * (1 - x);
        weight *= 0.99f;
        sum += x * weight;
    }
    return bits(sum);
}

/* Fills core registers and s0-s31 with a pattern, lets time pass, and counts the registers that changed. */
__attribute__((noinline)) static u32 hold_registers(u32 pattern, u32 rounds)
{
    u32 core[6], floats[32], wrong = 0;
    for (u32 i = 0; i < 32; i++)
        floats[i] = bits((float)(pattern + i));
    ASM("mov r4, %[p]\nadd r5, %[p], #1\nadd r6, %[p], #2\nadd r8, %[p], #3\nadd r9, %[p], #4\nadd r10, %[p], #5\n"
        "vldmia %[f], {s0-s31}\n"
        "1: vcmp.f32 s0, s31\nsubs %[k], %[k], #1\nbne 1b\n"
        "stmia %[c], {r4-r6, r8-r10}\nvstmia %[f], {s0-s31}"
        : [k] "+l"(rounds)
        : [p] "l"(pattern), [c] "l"(core), [f] "l"(floats)
        : "cc", "memory", "r4", "r5", "r6", "r8", "r9", "r10", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
          "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23",
          "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31");
    for (u32 i = 0; i < 6; i++)
        wrong += core[i] != pattern + i;
    for (u32 i = 0; i < 32; i++)
        wrong += floats[i] != bits((float)(pattern + i));
    return wrong;
}

static void compute(u32 which)
{
    for (u32 next = 7 + which;; next += 7) {
        sleep_until(next);
        for (int i = 0; i < 40; i++) {
            float_errors += logistic(0.1f + 0.3f * which) != expected_bits[which];
            register_errors += hold_registers(0x1000 * (which + 1) + i, 300);
        }
        bursts[which]++;
    }
}

/* ---- messages ---- */
static void produce(u32 which)
{
    for (u32 next = 3 + which;; next += 3 + 2 * which) {
        sleep_until(next);
        send(&messages, which << 24 | sent[which]++);
        if (sent[which] % 8 == 0) /* more than the queue holds at once */
            for (int i = 0; i < SLOTS + 3; i++)
                send(&messages, which << 24 | sent[which]++);
    }
}

static void consume(u32 unused)
{
    (void)unused;
    for (;;) {
        u32 message = receive(&messages);
        order_errors += (message & 0xFFFFFF) != received[message >> 24]++;
    }
}

/* ---- two halves that only the mutex keeps equal; one owner is often preempted between them ---- */
static void share(u32 which)
{
    for (u32 next = 2 + which;; next += 2) {
        sleep_until(next);
        acquire(&guard);
        guard_errors += left_half != right_half;
        left_half++;
        if (which && handed_over % 4 == 0)
            sleep_until(ticks + 1);
        handed_over++;
        right_half++;
        release(&guard);
    }
}

/* ---- an interrupt that posts, and uses the FPU ---- */
void interrupt(void)
{
    stray = stray * 0.5f + 1.25f;
    raised++;
    lost += !send_from_interrupt(&events, raised);
}

static void watch(u32 unused)
{
    u32 last = 0;
    (void)unused;
    for (;;) {
        u32 event = receive(&events);
        event_errors += event <= last;
        last = event;
        taken++;
    }
}

/* ---- who watches the clock and ends it all; who waits ---- */
static void supervise(u32 unused)
{
    (void)unused;
    for (u32 last = 0;; last++) {
        tick_errors += ticks != last;
        if (last % 4 == 0)
            NVIC_ISPR = 1 << 1;
        if (last == RUN_TICKS)
            break;
        sleep_until(last + 1);
    }
    show("errors", float_errors | register_errors | guard_errors | tick_errors | order_errors | event_errors);
    show("stacks", broken_stacks);
    show("ticks", ticks);
    show("sent", sent[0]);
    show("and", sent[1]);
    show("received", received[0]);
    show("and", received[1]);
    show("halves", left_half);
    show("raised", raised);
    show("stray", bits(stray));
    show("sums", expected_bits[0] ^ expected_bits[1]);
    text("\n");
    say(0x18, (void *)0x20026);
}

static void idle(u32 unused)
{
    (void)unused;
    for (;;)
        ASM("wfi");
}

__attribute__((naked)) void hard_fault(void) { ASM("bkpt 1\nb ."); }

__attribute__((noinline)) static void go(void)
{
    messages.free.count = events.free.count = SLOTS;
    for (u32 i = 0; i < 2; i++)
        expected_bits[i] = logistic(0.1f + 0.3f * i);
    add_task(supervise, 0, 8);
    add_task(consume, 0, 7);
    add_task(watch, 0, 9);
    for (u32 i = 0; i < 2; i++) {
        add_task(produce, i, 6 - i);
        add_task(share, i, 2 + 2 * i);
        add_task(compute, i, 1);
    }
    add_task(idle, 0, 0);
    NVIC_ISER = 3;
    start();
}

void reset(void)
{
    CPACR |= 0xF << 20; /* before anything that the compiler might do with floating-point registers */
    SYNC();
    go();
}

__attribute__((section(".vectors"), used)) const void *const table[48] = {
    (void *)(RAM + 0x18000), reset, hard_fault, hard_fault, hard_fault, hard_fault, hard_fault, 0, 0, 0, 0,
    svcall, 0, 0, pendsv, systick, interrupt, interrupt,
};
