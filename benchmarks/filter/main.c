#include "console.h"
#include "vibration.h"

const volatile uint32_t bench_rounds = BENCH_ROUNDS; /* the benchmark writes another number into the image */

int main(void)
{
    static vibration state;
    uint32_t sum = 0;
    vibration_init(&state);
    for (uint32_t round = bench_rounds; round > 0; round--)
        sum = sum * 31u + vibration_frame(&state);
    console_puts("sum ");
    console_put_hex32(sum);
    console_putc('\n');
    return 0;
}
