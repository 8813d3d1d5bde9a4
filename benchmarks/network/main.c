/* int8 convolutions as they are: the wake word's network and the project's kernels, on inputs that change. */
#include "console.h"
#include "nn.h"

const volatile uint32_t bench_rounds = BENCH_ROUNDS; /* the benchmark writes another number into the image */

int main(void)
{
    uint32_t seed = 1, sum = 0;
    for (uint32_t round = bench_rounds; round > 0; round--) {
        for (unsigned i = 0; i < NN_INPUT_SIZE; i++) {
            seed = seed * 1664525u + 1013904223u;
            nn_input[i] = (int8_t)(seed >> 24);
        }
        nn_invoke();
        for (unsigned i = 0; i < NN_OUTPUT_SIZE; i++)
            sum = sum * 31u + (uint8_t)nn_output[i];
    }
    console_puts("sum ");
    console_put_hex32(sum);
    console_putc('\n');
    return 0;
}
