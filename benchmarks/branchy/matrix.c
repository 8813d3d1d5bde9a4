#include "work.h"

enum { SIZE = 9 };

static int16_t a[SIZE][SIZE], b[SIZE][SIZE];
static int32_t c[SIZE][SIZE];

uint32_t matrix_work(uint32_t seed)
{
    for (unsigned i = 0; i < SIZE; i++) {
        for (unsigned j = 0; j < SIZE; j++) {
            a[i][j] = (int16_t)next_random(&seed);
            b[i][j] = (int16_t)next_random(&seed);
        }
    }
    uint32_t sum = 0;
    int32_t largest = INT32_MIN;
    for (unsigned i = 0; i < SIZE; i++) {
        for (unsigned j = 0; j < SIZE; j++) {
            int32_t dot = 0;
            for (unsigned k = 0; k < SIZE; k++)
                dot += (a[i][k] * b[k][j]) >> 5;
            c[i][j] = dot;
            if (dot > largest) {
                largest = dot;
                sum += i * SIZE + j;
            }
        }
    }
    for (unsigned i = 0; i < SIZE; i++)
        sum = sum * 3u + (uint32_t)c[i][SIZE - 1u - i];
    return sum;
}
