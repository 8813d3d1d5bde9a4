/* Waits for flags that hardware sets, by reading them over and over; and reads what changes with time or with
 * being read. */
#include <stdint.h>

#define REGISTER(offset) (*(volatile uint32_t *)(0x40002000u + (offset)))
#define FLAG REGISTER(0x00)   /* an event sets it, firmware clears it */
#define OTHER REGISTER(0x04)  /* likewise, at other times */
#define PERIOD REGISTER(0x08) /* starts the events */
#define TOGGLE REGISTER(0x0c) /* its own reading changes SEEN */
#define SEEN REGISTER(0x10)

volatile uint32_t results[64];

static uint32_t wait_for(volatile uint32_t *flag)
{
    uint32_t polls = 0;
    while (!*flag)
        polls++;
    *flag = 0;
    return polls;
}

__attribute__((noreturn)) void reset(void)
{
    PERIOD = 3000;
    for (unsigned n = 0;; n = (n + 4) & 63) {
        results[n] += wait_for(&FLAG);
        uint32_t both = 0;
        while (!FLAG && !OTHER)
            both++;
        results[n + 1] += both;
        results[n + 2] = SEEN;
        results[n + 3] += TOGGLE + SEEN;
        OTHER = 0;
    }
}

__attribute__((section(".vectors"), used)) static void *const vectors[] = {(void *)0x20010000, (void *)reset};
