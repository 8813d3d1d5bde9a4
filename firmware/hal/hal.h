/* What an app may ask of a chip. One folder of hal/ implements it per chip family; hal.toml there says
 * which of these groups it offers, an app's app.toml says which it needs. All calls are for thread mode
 * unless a comment says otherwise; callbacks run in interrupt context. */
#ifndef COINCELL_HAL_H
#define COINCELL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- core: every HAL has these ---- */

/* Called by the start-up code before main: caches, regulators, clocks, pins in their idle state. */
void hal_init(void);

/* Sleep until the next interrupt. An interrupt taken since the last call makes it return at once, so
 * `while (!flag) hal_sleep();` misses nothing. */
void hal_sleep(void);

/* The firmware is done. Never returns; sleeps for good where nothing can be told about `code`. */
__attribute__((noreturn)) void hal_exit(int code);

/* Core clock cycles, wrapping (at 2^32 on cores with DWT, at 2^24 on others). The counter starts, at 0,
 * with the first call. May be called from interrupts. */
uint32_t hal_cycles(void);

/* ---- "console" ---- */

/* Send `length` bytes and return when the last is on the wire. The core sleeps meanwhile and the port is
 * off afterwards. */
void hal_console_write(const char *text, size_t length);

/* ---- "time" ---- */

/* Time since hal_init [us], in steps of the clock that the HAL counts: 30.5 us at 32,768 Hz on nrf52, 1 us on
 * stm32. Any context. */
uint64_t hal_time_us(void);

/* ---- "led" ---- */

enum hal_led { HAL_LED_BUILTIN, HAL_LED_RED, HAL_LED_GREEN, HAL_LED_BLUE, HAL_LED_COUNT };

/* Switch a LED; one that the board lacks is ignored. Any context. */
void hal_led_set(enum hal_led led, bool on);

/* ---- "microphone" ---- */

typedef void (*hal_microphone_callback)(int16_t *samples, size_t count);

typedef struct {
    uint32_t rate_hz;
    int gain_db;                        /* digital gain before the samples are rounded to 16 bits, -20..20 */
    int16_t *buffers[2];                /* filled in turn, each `count` samples, in RAM, word aligned */
    size_t count;
    hal_microphone_callback on_buffer;  /* interrupt context; the buffer is the caller's until it is due again */
} hal_microphone_config;

/* Power the microphone and record without gaps until hal_microphone_stop. False when the hardware cannot
 * make `rate_hz` exactly or the configuration is out of range. What the microphone says while it wakes
 * (its data sheet's start-up time) is recorded like the rest. */
bool hal_microphone_start(const hal_microphone_config *config);
void hal_microphone_stop(void);

/* ---- "imu" ---- */

typedef struct {
    int16_t acceleration[3]; /* x, y, z in hal_imu_acceleration_ug() */
    int16_t rotation[3];     /* x, y, z in hal_imu_rotation_udps(); 0 with the gyroscope off */
} hal_imu_sample;

/* Interrupt context. `count` samples, the oldest first; `lost` when older ones were overwritten before. */
typedef void (*hal_imu_callback)(const hal_imu_sample *samples, size_t count, bool lost);

typedef struct {
    uint32_t rate_mhz;        /* thousandths of a hertz: 119000 is 119 Hz; one of the part's own rates */
    uint32_t acceleration_g;  /* full scale: 2, 4, 8 or 16 */
    uint32_t rotation_dps;    /* full scale: 245, 500 or 2000; 0 leaves the gyroscope off */
    size_t batch;             /* the core is woken after about so many samples, 1..24 */
    hal_imu_callback on_samples;
} hal_imu_config;

/* Power the sensor and sample until hal_imu_stop; the part's FIFO gathers while the core sleeps. False when
 * the configuration is out of range or the part does not answer. What the part says while its filters settle
 * is passed on like the rest. */
bool hal_imu_start(const hal_imu_config *config);
void hal_imu_stop(void);

/* What one step of a sample is, since the last start [millionths of a g, of a degree per second]. */
uint32_t hal_imu_acceleration_ug(void);
uint32_t hal_imu_rotation_udps(void);

/* ---- "radio" ---- */

enum { HAL_RADIO_PAYLOAD_MAX = 31 };

/* One Bluetooth LE advertising event: ADV_NONCONN_IND with `length` (at most 31) bytes of advertising data
 * on channels 37, 38 and 39, at 0 dBm. Returns when it is over; the core sleeps meanwhile. False when too
 * long. */
bool hal_radio_advertise(const uint8_t *payload, size_t length);

#endif
