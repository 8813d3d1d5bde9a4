/* Acceleration [mg] and rotation [mdps]: four single samples, then the mean of every 119. */
#include "console.h"
#include "hal.h"

enum { RATE_MHZ = 119000, PER_MEAN = 119, N_SHOWN = 4, BATCH = 24, N_AXES = 6 };

static hal_imu_sample shown[N_SHOWN];
static int32_t gathering[N_AXES], finished[N_AXES]; /* sums */
static uint32_t n_gathered, n_seen;
static volatile uint32_t n_means, n_lost;

static void gather(const hal_imu_sample *sample)
{
    for (unsigned axis = 0; axis < 3; axis++) {
        gathering[axis] += sample->acceleration[axis];
        gathering[axis + 3] += sample->rotation[axis];
    }
    if (++n_gathered < PER_MEAN)
        return;
    for (unsigned axis = 0; axis < N_AXES; axis++) {
        finished[axis] = gathering[axis];
        gathering[axis] = 0;
    }
    n_gathered = 0;
    n_means++;
}

static void on_samples(const hal_imu_sample *samples, size_t count, bool lost)
{
    if (lost)
        n_lost++;
    for (size_t i = 0; i < count; i++) {
        if (n_seen < N_SHOWN)
            shown[n_seen++] = samples[i];
        gather(&samples[i]);
    }
}

static void print_axes(const char *what, const int32_t *sums, int32_t count)
{
    int32_t steps[2] = {(int32_t)hal_imu_acceleration_ug(), (int32_t)hal_imu_rotation_udps()};

    console_puts(what);
    for (unsigned axis = 0; axis < N_AXES; axis++) {
        console_putc(' ');
        console_put_i32(sums[axis] / count * steps[axis / 3] / 1000);
    }
    console_putc('\n');
}

int main(void)
{
    const hal_imu_config config = {.rate_mhz = RATE_MHZ,
                                   .acceleration_g = 4,
                                   .rotation_dps = 500,
                                   .batch = BATCH,
                                   .on_samples = on_samples};
    uint32_t n_printed = 0;

    if (!hal_imu_start(&config)) {
        console_puts("no imu\n");
        return 1;
    }
    console_puts("mg x y z, mdps x y z\n");
    for (;;) {
        while (n_means == n_printed)
            hal_sleep();
        if (n_printed == 0)
            for (unsigned i = 0; i < N_SHOWN; i++) {
                int32_t one[N_AXES];
                for (unsigned axis = 0; axis < 3; axis++) {
                    one[axis] = shown[i].acceleration[axis];
                    one[axis + 3] = shown[i].rotation[axis];
                }
                print_axes("sample", one, 1);
            }
        n_printed = n_means;
        print_axes("mean", finished, PER_MEAN);
        if (n_lost) {
            n_lost = 0;
            console_puts("lost\n");
        }
    }
}
