/* The LSM9DS1's interrupt pins are not connected on this board: RTC2 says when to look. Its handler asks how
 * much the FIFO holds, the bus's handler fetches that and passes it on; the core sleeps in between. */
#include "lsm9ds1.h"

enum { BATCH_MAX = 24, SAMPLE_MAX = 12 };

static hal_imu_config active;
static lsm9ds1_setup setup;
static uint8_t command[2];                             /* EasyDMA reads RAM only */
static uint8_t source;                                 /* FIFO_SRC */
static uint8_t bytes[LSM9DS1_FIFO_DEPTH * SAMPLE_MAX];
static hal_imu_sample samples[LSM9DS1_FIFO_DEPTH];
static uint32_t period;                                /* of looking [ticks]; 0: a single wait */
static volatile bool running, busy, waiting, acknowledged;

static void ask_level(void);

void RTC2_IRQHandler(void)
{
    event_clear(&RTC2_EVENTS_COMPARE0);
    waiting = false;
    if (!running)
        return;
    RTC2_CC0 = (RTC2_CC0 + period) & 0xFFFFFFu;
    if (!busy)
        ask_level();
}

static void timer_start(uint32_t ticks)
{
    clock_lfxo_start();
    RTC2_TASKS_CLEAR = 1;
    RTC2_CC0 = ticks;
    event_clear(&RTC2_EVENTS_COMPARE0);
    RTC2_INTENSET = RTC_INT_COMPARE0;
    irq_enable(IRQ_RTC2);
    RTC2_TASKS_START = 1;
}

static void wait_us(uint32_t duration)
{
    waiting = true;
    timer_start(duration / 1000 * TICKS_PER_S / 1000 + 2);
    while (waiting)
        hal_sleep();
    RTC2_TASKS_STOP = 1;
}

static int16_t word(const uint8_t *from)
{
    return (int16_t)((uint16_t)from[0] | (uint16_t)from[1] << 8);
}

static size_t sample_size(void)
{
    return active.rotation_dps ? 12 : 6;
}

static void samples_read(bool ok)
{
    size_t count = source & LSM9DS1_FIFO_SRC_LEVEL, size = sample_size();

    twim_off(TWIM_SENSORS);
    busy = false;
    if (!ok || !running)
        return;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = bytes + i * size;
        for (size_t axis = 0; axis < 3; axis++) {
            samples[i].rotation[axis] = size == 12 ? word(from + 2 * axis) : 0;
            samples[i].acceleration[axis] = word(from + size - 6 + 2 * axis);
        }
    }
    active.on_samples(samples, count, (source & LSM9DS1_FIFO_SRC_OVERRUN) != 0);
}

static void level_read(bool ok)
{
    size_t count = source & LSM9DS1_FIFO_SRC_LEVEL;

    if (!ok || count == 0 || count > LSM9DS1_FIFO_DEPTH) {
        twim_off(TWIM_SENSORS);
        busy = false;
        return;
    }
    command[0] = active.rotation_dps ? LSM9DS1_OUT_X_L_G : LSM9DS1_OUT_X_L_XL;
    twim_transfer(TWIM_SENSORS, LSM9DS1_ADDRESS, command, 1, bytes, count * sample_size(), samples_read);
}

static void ask_level(void)
{
    busy = true;
    twim_on(TWIM_SENSORS);
    command[0] = LSM9DS1_FIFO_SRC;
    twim_transfer(TWIM_SENSORS, LSM9DS1_ADDRESS, command, 1, &source, 1, level_read);
}

static void done(bool ok)
{
    acknowledged = ok;
    busy = false;
}

/* Thread mode: write `value`, or read into `source`, and sleep until that is over. */
static bool access(uint8_t reg, bool read, uint8_t value)
{
    command[0] = reg;
    command[1] = value;
    busy = true;
    twim_transfer(TWIM_SENSORS, LSM9DS1_ADDRESS, command, read ? 1 : 2, &source, read ? 1 : 0, done);
    while (busy)
        hal_sleep();
    return acknowledged;
}

static void power(bool on)
{
    static const uint32_t pins[] = {BOARD_SENSORS_POWER, BOARD_SENSORS_PULL};

    for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
        if (on)
            GPIO_OUTSET(pins[i]) = PIN_MASK(pins[i]);
        else
            GPIO_OUTCLR(pins[i]) = PIN_MASK(pins[i]);
        GPIO_DIRSET(pins[i]) = PIN_MASK(pins[i]);
    }
}

static bool configure(void)
{
    if (!access(LSM9DS1_WHO_AM_I, true, 0) || source != LSM9DS1_ID)
        return false;
    for (size_t i = 0; i < sizeof setup.writes / sizeof setup.writes[0]; i++)
        if (!access(setup.writes[i][0], false, setup.writes[i][1]))
            return false;
    return true;
}

bool hal_imu_start(const hal_imu_config *config)
{
    if (running || config->batch == 0 || config->batch > BATCH_MAX || !config->on_samples ||
        !lsm9ds1_plan(config, &setup))
        return false;
    active = *config;
    power(true);
    wait_us(LSM9DS1_BOOT_US);
    twim_on(TWIM_SENSORS);
    bool ready = configure();
    twim_off(TWIM_SENSORS);
    if (!ready) {
        power(false);
        return false;
    }
    period = (uint32_t)((uint64_t)config->batch * TICKS_PER_S * 1000 / config->rate_mhz);
    running = true;
    timer_start(period);
    return true;
}

void hal_imu_stop(void)
{
    if (!running)
        return;
    running = false;
    RTC2_TASKS_STOP = 1;
    while (busy)
        hal_sleep();
    power(false);
}

uint32_t hal_imu_acceleration_ug(void)
{
    return setup.acceleration_ug;
}

uint32_t hal_imu_rotation_udps(void)
{
    return setup.rotation_udps;
}
