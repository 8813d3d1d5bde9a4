/* An LSM6DSO among the breakouts, in low power: its FIFO keeps the newest samples, its wake-up function watches, and its
 * INT1 wakes the core. */
#include "lsm6dso.h"
#include "nrf52.h"

#ifndef BOARD_MOTION_INTERRUPT
#error "this board has no motion sensor that wakes: BOARD_MOTION_INTERRUPT is missing in its header"
#endif

enum { STEPS = 256, THRESHOLD_MAX = 63, UNSETTLED = 3 /* samples, after it was switched on */ };

static hal_motion_callback on_motion;
static size_t kept;
static uint32_t step_ug;
static bool running;

static bool put(uint32_t reg, uint32_t value)
{
    return breakout_write(LSM6DSO_ADDRESS, reg, (uint8_t)value);
}

static void on_interrupt(enum hal_pin pin, bool high)
{
    (void)pin;
    if (high)
        on_motion();
}

static bool sample(uint32_t rate, uint32_t scale)
{
    uint8_t id;

    return breakout_read(LSM6DSO_ADDRESS, LSM6DSO_WHO_AM_I, &id, 1) && id == LSM6DSO_ID &&
           put(LSM6DSO_CTRL6_C, LSM6DSO_LOW_POWER) && put(LSM6DSO_CTRL1_XL, rate << 4 | scale << 2);
}

static bool watch(uint32_t rate, uint32_t threshold)
{
    return put(LSM6DSO_FIFO_CTRL4, LSM6DSO_FIFO_BYPASS) && /* empty */
           put(LSM6DSO_FIFO_CTRL1, kept) && put(LSM6DSO_FIFO_CTRL2, LSM6DSO_STOP_ON_THRESHOLD) &&
           put(LSM6DSO_FIFO_CTRL3, rate) && put(LSM6DSO_FIFO_CTRL4, LSM6DSO_FIFO_CONTINUOUS) &&
           put(LSM6DSO_WAKE_UP_THS, threshold) && put(LSM6DSO_WAKE_UP_DUR, LSM6DSO_WAKE_FINE) &&
           put(LSM6DSO_TAP_CFG0, LSM6DSO_LATCHED) && put(LSM6DSO_MD1_CFG, LSM6DSO_WAKE_ON_INT1) &&
           put(LSM6DSO_TAP_CFG2, LSM6DSO_INTERRUPTS);
}

bool hal_motion_start(const hal_motion_config *config)
{
    static const uint32_t rates_mhz[] = {0, 12500, 26000, 52000, 104000, 208000}; /* DS12140 Rev 2, page 10 */
    static const struct { uint32_t g, step_ug; } scales[] = {
        {2, 61}, {16, 488}, {4, 122}, {8, 244}}; /* lsm6dso_reg.c: lsm6dso_from_fs..._to_mg */
    uint32_t rate = 1, scale = 0;

    while (rate < 6 && rates_mhz[rate] != config->rate_mhz)
        rate++;
    while (scale < 4 && scales[scale].g != config->acceleration_g)
        scale++;
    if (running || rate == 6 || scale == 4 || config->kept == 0 || config->kept > HAL_MOTION_KEPT_MAX ||
        !config->on_motion)
        return false;
    uint32_t threshold = config->wake_mg * STEPS / (config->acceleration_g * 1000);
    if (threshold == 0 || threshold > THRESHOLD_MAX)
        return false;
    kept = config->kept;
    step_ug = scales[scale].step_ug;
    on_motion = config->on_motion;
    hal_sleep_until(LSM6DSO_BOOT_US);
    if (!sample(rate, scale))
        return false;
    hal_sleep_until(hal_time_us() + UNSETTLED * 1000000000ull / config->rate_mhz); /* what rises then wakes nobody */
    if (!watch(rate, threshold))
        return false;
    running = true;
    hal_pin_watch(BOARD_MOTION_INTERRUPT, HAL_PULL_NONE, on_interrupt);
    return true;
}

size_t hal_motion_read(hal_motion_sample *samples, bool *moved)
{
    static uint8_t source, level, bytes[LSM6DSO_WORD * HAL_MOTION_KEPT_MAX];

    *moved = false;
    if (!running || !breakout_read(LSM6DSO_ADDRESS, LSM6DSO_FIFO_STATUS1, &level, 1) || level > kept ||
        (level && !breakout_read(LSM6DSO_ADDRESS, LSM6DSO_FIFO_DATA, bytes, LSM6DSO_WORD * (size_t)level)) ||
        !breakout_read(LSM6DSO_ADDRESS, LSM6DSO_WAKE_UP_SRC, &source, 1))
        return 0;
    *moved = (source & LSM6DSO_WOKEN) != 0;
    for (size_t i = 0; i < level; i++)
        for (size_t axis = 0; axis < 3; axis++) {
            const uint8_t *from = bytes + LSM6DSO_WORD * i + 1 + 2 * axis;
            samples[i].acceleration[axis] = (int16_t)((uint16_t)from[0] | (uint16_t)from[1] << 8);
        }
    return level;
}

void hal_motion_stop(void)
{
    if (!running)
        return;
    running = false;
    hal_pin_release(BOARD_MOTION_INTERRUPT);
    put(LSM6DSO_CTRL1_XL, 0);
}

uint32_t hal_motion_step_ug(void)
{
    return step_ug;
}
