/* One round is a little of everything, about eight million instructions: what starting up costs an emulator. */
#include "../branchy/work.h"
#include "../filter/vibration.h"
#include "console.h"
#include "nn.h"
#include "table.h"

const volatile uint32_t bench_rounds = BENCH_ROUNDS; /* the benchmark writes another number into the image */

enum { FRAMES = 15, INTEGERS = 42, INFERENCES = 2 };

static uint32_t integers(uint32_t seed)
{
    const uint32_t results[] = {list_work(seed), parser_work(seed), matrix_work(seed)};
    return checksum(0, (const uint8_t *)results, sizeof results);
}

static uint32_t inference(uint32_t *seed)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < NN_INPUT_SIZE; i++)
        nn_input[i] = (int8_t)next_random(seed);
    nn_invoke();
    for (unsigned i = 0; i < NN_OUTPUT_SIZE; i++)
        sum = sum * 31u + (uint8_t)nn_output[i];
    return sum;
}

int main(void)
{
    static vibration state;
    uint32_t seed = 1, sum = 0;
    vibration_init(&state);
    for (uint32_t round = bench_rounds; round > 0; round--) {
        sum = table_checksum(sum);
        for (unsigned i = 0; i < FRAMES; i++)
            sum = sum * 31u + vibration_frame(&state);
        for (unsigned i = 0; i < INTEGERS; i++)
            sum = sum * 31u + integers(sum);
        for (unsigned i = 0; i < INFERENCES; i++)
            sum = sum * 31u + inference(&seed);
    }
    console_puts("sum ");
    console_put_hex32(sum);
    console_putc('\n');
    return 0;
}
