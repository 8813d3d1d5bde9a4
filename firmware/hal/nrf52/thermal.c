/* A Grid-EYE AMG8833 among the breakouts. No line says that a frame is there: frames are counted in its time from
 * the write that sets their rate. Registers: Panasonic's reference specification AMG88** 47, section 4-11. */
#include "nrf52.h"

enum {
    ADDRESS = 0x69,
    SETUP_US = 50000, /* after power-up and after sleep: data sheet, page 2 */
    LATE_US = 2000,   /* asked for so long after a frame is due, for clocks that do not agree */

    PCTL = 0x00, /* power control */
    RST = 0x01,
    FPSC = 0x02, /* frame rate */
    PIXELS = 0x80,

    NORMAL = 0x00,
    SLEEP = 0x10,
    INITIAL_RESET = 0x3F,
    ONE_A_SECOND = 1,
};

static uint64_t due;
static uint32_t period; /* 0: stopped */

bool hal_thermal_start(uint32_t frames_per_s)
{
    if (period || (frames_per_s != 1 && frames_per_s != 10))
        return false;
    hal_sleep_until(SETUP_US);
    if (!breakout_write(ADDRESS, PCTL, NORMAL))
        return false;
    hal_sleep_until(hal_time_us() + SETUP_US);
    if (!breakout_write(ADDRESS, RST, INITIAL_RESET) ||
        !breakout_write(ADDRESS, FPSC, frames_per_s == 1 ? ONE_A_SECOND : 0))
        return false;
    period = 1000000 / frames_per_s;
    due = hal_time_us() + LATE_US;
    return true;
}

bool hal_thermal_read(int16_t pixels[HAL_THERMAL_PIXELS])
{
    static uint8_t bytes[2 * HAL_THERMAL_PIXELS];
    uint64_t now = hal_time_us();

    if (!period)
        return false;
    due += period;
    if (now > due)
        due += (now - due) / period * period; /* frames that nobody read are gone */
    hal_sleep_until(due);
    if (!breakout_read(ADDRESS, PIXELS, bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < HAL_THERMAL_PIXELS; i++) {
        unsigned word = (bytes[2 * i] | bytes[2 * i + 1] << 8) & 0xFFF; /* twelve bits with their sign */
        pixels[i] = (int16_t)((int)(word ^ 0x800) - 0x800);
    }
    return true;
}

void hal_thermal_stop(void)
{
    if (period)
        breakout_write(ADDRESS, PCTL, SLEEP);
    period = 0;
}
