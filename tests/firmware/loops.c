/* Loops of one block, smaller and larger than the instruction cache, while an interrupt whose code takes all of the
 * cache comes at odd moments. */
typedef unsigned int u32;

#define CLOCK (*(volatile u32 *)0x40000000)
#define ALARM (*(volatile u32 *)0x40000004)
#define TIMES(n, code) ".rept " #n "\n" code "\n.endr\n"

static volatile u32 digest, alarms;
static u32 words[64];

/* `body` over and over: nothing in it leaves memory. */
#define LOOP(name, body)                                                                                              \
    __attribute__((noinline)) static u32 name(u32 n)                                                                  \
    {                                                                                                                 \
        u32 sum = n, at = (u32)words, word;                                                                           \
        __asm volatile("1:\n" body "subs %[n], #1\n bne 1b\n"                                                         \
                       : [n] "+l"(n), [sum] "+l"(sum), [word] "=&l"(word)                                             \
                       : [at] "l"(at)                                                                                 \
                       : "cc", "memory");                                                                             \
        return sum;                                                                                                   \
    }

LOOP(tiny, "add %[sum], %[sum], %[n], lsl #1\n")
LOOP(small, TIMES(6, "ldr %[word], [%[at], #4]\n eor.w %[sum], %[word], %[sum], ror #3\n str %[sum], [%[at], #4]\n"))
LOOP(dotted, TIMES(4, "sxtb16 %[word], %[sum], ror #8\n smlad %[sum], %[word], %[word], %[sum]\n"))
LOOP(full, TIMES(24, "add.w %[sum], %[sum], %[sum], ror #5\n"))
LOOP(large, TIMES(70, "add.w %[sum], %[sum], %[sum], ror #7\n"))

void alarm(void)
{
    __asm volatile(TIMES(150, "nop\n"));
    alarms++;
    digest ^= CLOCK;
    ALARM = 300 + (alarms * 131) % 977;
}

int main(void)
{
    *(volatile u32 *)0xE000E100 = 1;
    ALARM = 500;
    for (u32 round = 0; round < 2000; round++) {
        u32 n = 3 + round * 7 % 50;
        digest += tiny(n) + small(n) + dotted(n) + full(n) + large(n % 9 + 1);
        digest += CLOCK;
    }
    return 0;
}

void reset(void)
{
    main();
    __asm volatile("cpsid i");
    for (;;)
        digest = digest * 3 + 1;
}

__attribute__((section(".vectors"), used)) const void *const vectors[17] = {
    (void *)0x20010000, (void *)reset, [16] = (void *)alarm};
