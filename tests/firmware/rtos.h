/* A small preemptive kernel: fixed priorities, round robin among equals, a tick, and things to wait for.
 * Every task has its own process stack; PendSV switches, with s16-s31 where the task's frame has s0-s15. */
#include "report.h"

#ifndef TICK_CYCLES
#define TICK_CYCLES 640000u /* 10 ms at 64 MHz */
#endif
enum { STACK_WORDS = 192, MOST_TASKS = 10, CANARY = 0xC0FFEE11, CANARIES = 4, FOREVER = 0xFFFFFFFF };

typedef struct waiters { u32 unused; } waiters; /* its address is what a task waits for */
typedef struct {
    u32 *sp;
    u32 priority, own_priority; /* higher runs first; own_priority is without what a mutex lent */
    u32 wake;                   /* tick at which a sleeper wakes, FOREVER for none */
    waiters *waiting;
    u32 asleep, turn; /* the least turn among equals runs */
    u32 runs;
    u32 stack[STACK_WORDS] __attribute__((aligned(8)));
} task;
typedef struct { waiters list; u32 count; } semaphore;
typedef struct { waiters list; task *owner; } mutex;
enum { SLOTS = 8 };
typedef struct { semaphore used, free; u32 slots[SLOTS], in, out; } queue;

static task tasks[MOST_TASKS];
static u32 n_tasks, turns, switches, broken_stacks;
static volatile u32 ticks;
static task *volatile current;

static inline u32 lock(void)
{
    u32 before;
    ASM("mrs %0, primask\ncpsid i" : "=r"(before)::"memory");
    return before;
}
static inline void unlock(u32 before) { ASM("msr primask, %0" ::"r"(before) : "memory"); }
static void reschedule(void) { ICSR = 1 << 28; SYNC(); }

/* ---- tasks ---- */
static void add_task(void (*entry)(u32), u32 argument, u32 priority)
{
    task *t = &tasks[n_tasks++];
    u32 *sp = t->stack + STACK_WORDS - 17;
    for (int i = 0; i < CANARIES; i++)
        t->stack[i] = CANARY;
    sp[8] = 0xFFFFFFFD; /* r4-r11, then EXC_RETURN, then the frame */
    sp[9] = argument;
    sp[9 + 6] = (u32)entry & ~1u;
    sp[9 + 7] = 1 << 24;
    t->sp = sp;
    t->priority = t->own_priority = priority;
    t->wake = FOREVER;
}

u32 *next_stack(u32 *sp)
{
    task *best = 0;
    current->sp = sp;
    for (int i = 0; i < CANARIES; i++)
        broken_stacks += current->stack[i] != CANARY;
    for (u32 i = 0; i < n_tasks; i++) {
        task *t = &tasks[i];
        if (t->asleep || t->waiting)
            continue;
        if (!best || t->priority > best->priority || (t->priority == best->priority && t->turn < best->turn))
            best = t;
    }
    switches += best != current;
    current = best;
    best->runs++;
    return best->sp;
}

#ifdef FORGET_FLOATS /* a mistake that the tasks must notice */
#define SAVE_FLOATS "nopeq\n"
#define LOAD_FLOATS "nopeq\n"
#else
#define SAVE_FLOATS "vstmdbeq r0!, {s16-s31}\n"
#define LOAD_FLOATS "vldmiaeq r0!, {s16-s31}\n"
#endif

__attribute__((naked)) void pendsv(void)
{
    ASM("mrs r0, psp\n"
        "tst lr, #16\n"
        "it eq\n" SAVE_FLOATS
        "stmdb r0!, {r4-r11, lr}\n"
        "cpsid i\n"
        "bl next_stack\n"
        "cpsie i\n"
        "ldmia r0!, {r4-r11, lr}\n"
        "tst lr, #16\n"
        "it eq\n" LOAD_FLOATS
        "msr psp, r0\n"
        "bx lr");
}

void systick(void)
{
    u32 before = lock();
    ticks++;
    for (u32 i = 0; i < n_tasks; i++)
        if (tasks[i].asleep && tasks[i].wake == ticks)
            tasks[i].asleep = 0;
    current->turn = ++turns; /* equals take turns */
    unlock(before);
    reschedule();
}

u32 *first_stack(void) { return current->sp; }

/* SVC starts the first task, whose stack looks as if PendSV had left it. */
__attribute__((naked)) void svcall(void)
{
    ASM("bl first_stack\nldmia r0!, {r4-r11, lr}\nmsr psp, r0\nbx lr");
}

static void start(void)
{
    SHPR3 = 0xE0E00000; /* SysTick and PendSV below every interrupt */
    SYNC();
    current = &tasks[0];
    SYST_RVR = TICK_CYCLES - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    ASM("msr control, %0" ::"r"(0)); /* main's floating-point context ends here */
    SYNC();
    ASM("svc 0" ::: "memory");
}

/* ---- waiting ---- */
static void sleep_until(u32 tick)
{
    u32 before = lock();
    if ((int)(tick - ticks) > 0) {
        current->wake = tick;
        current->asleep = 1;
        reschedule();
    }
    unlock(before);
    SYNC();
}

/* With interrupts locked: the task stops at the next unlock(). */
static void wait_on(waiters *list)
{
    current->waiting = list;
    current->turn = ++turns;
    reschedule();
}

/* With interrupts locked: the most urgent that waits goes on, the longest waiting among equals. */
static task *wake_one(waiters *list)
{
    task *best = 0;
    for (u32 i = 0; i < n_tasks; i++) {
        task *t = &tasks[i];
        if (t->waiting == list &&
            (!best || t->priority > best->priority || (t->priority == best->priority && t->turn < best->turn)))
            best = t;
    }
    if (best) {
        best->waiting = 0;
        reschedule();
    }
    return best;
}

static void take(semaphore *s)
{
    u32 before = lock();
    if (s->count)
        s->count--;
    else
        wait_on(&s->list); /* who gives hands the count over */
    unlock(before);
    SYNC();
}

static u32 try_take(semaphore *s)
{
    u32 before = lock(), got = s->count != 0;
    s->count -= got;
    unlock(before);
    return got;
}

static void give(semaphore *s)
{
    u32 before = lock();
    if (!wake_one(&s->list))
        s->count++;
    unlock(before);
    SYNC();
}

/* A mutex lends its owner the priority of whoever waits for it. */
static void acquire(mutex *m)
{
    u32 before = lock();
    if (!m->owner)
        m->owner = current;
    else {
        if (m->owner->priority < current->priority)
            m->owner->priority = current->priority;
        wait_on(&m->list);
    }
    unlock(before);
    SYNC();
}

static void release(mutex *m)
{
    u32 before = lock();
    current->priority = current->own_priority;
    m->owner = wake_one(&m->list);
    reschedule();
    unlock(before);
    SYNC();
}

static void store_slot(queue *q, u32 value)
{
    u32 before = lock();
    q->slots[q->in++ % SLOTS] = value;
    unlock(before);
    give(&q->used);
}

static void send(queue *q, u32 value) { take(&q->free); store_slot(q, value); }

static u32 send_from_interrupt(queue *q, u32 value)
{
    if (!try_take(&q->free))
        return 0;
    store_slot(q, value);
    return 1;
}

static u32 receive(queue *q)
{
    take(&q->used);
    u32 before = lock(), value = q->slots[q->out++ % SLOTS];
    unlock(before);
    give(&q->free);
    return value;
}
