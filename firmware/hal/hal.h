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

/* Sleep until hal_time_us() is `time_us` or later. Late by two steps of that clock at most, and by the callbacks
 * that run meanwhile; adding a period to the last `time_us` gives a loop that does not drift. */
void hal_sleep_until(uint64_t time_us);

/* ---- "led" ---- */

enum hal_led { HAL_LED_BUILTIN, HAL_LED_RED, HAL_LED_GREEN, HAL_LED_BLUE, HAL_LED_COUNT };

/* Switch a LED; one that the board lacks is ignored. Any context. */
void hal_led_set(enum hal_led led, bool on);

/* ---- "pins" ---- */

/* The board's header, as its print says. */
enum hal_pin {
    HAL_PIN_D2, HAL_PIN_D3, HAL_PIN_D4, HAL_PIN_D5, HAL_PIN_D6, HAL_PIN_D7, HAL_PIN_D8, HAL_PIN_D9,
    HAL_PIN_D10, HAL_PIN_D11, HAL_PIN_D12,
    HAL_PIN_A0, HAL_PIN_A1, HAL_PIN_A2, HAL_PIN_A3, HAL_PIN_A4, HAL_PIN_A5, HAL_PIN_A6, HAL_PIN_A7,
    HAL_PIN_COUNT
};
enum hal_pull { HAL_PULL_NONE, HAL_PULL_DOWN, HAL_PULL_UP };

/* Interrupt context; `high` is the pin's level now. A pulse that was over too soon to be seen gives one call. */
typedef void (*hal_pin_callback)(enum hal_pin pin, bool high);

void hal_pin_write(enum hal_pin pin, bool high);              /* an output from now on */
void hal_pin_input(enum hal_pin pin, enum hal_pull pull);
bool hal_pin_read(enum hal_pin pin);                          /* of an input */
void hal_pin_release(enum hal_pin pin);                       /* neither: as after reset, and draws nothing */

/* Make the pin an input and call back whenever its level changes, until it becomes something else. The core
 * sleeps meanwhile, and watching draws nothing of its own. Thread mode. */
void hal_pin_watch(enum hal_pin pin, enum hal_pull pull, hal_pin_callback on_change);

/* ---- "analog" ---- */

enum hal_analog {
    HAL_ANALOG_A0, HAL_ANALOG_A1, HAL_ANALOG_A2, HAL_ANALOG_A3, HAL_ANALOG_A4, HAL_ANALOG_A5, HAL_ANALOG_A6,
    HAL_ANALOG_A7, HAL_ANALOG_COUNT
};

/* One step of a reading [microvolts]. 0 is 0 V; the supply is within range. */
uint32_t hal_analog_step_uv(void);

/* One reading now. The core sleeps until it is there; everything is off afterwards. -1 while scans run. */
int16_t hal_analog_read(enum hal_analog input);

/* Interrupt context. `count` samples: of a scan's inputs in their order, then of the next scan's. */
typedef void (*hal_analog_callback)(const int16_t *samples, size_t count);

typedef struct {
    const enum hal_analog *inputs;   /* read one after the other in each scan */
    size_t n_inputs;                 /* 1..8 */
    uint32_t rate_mhz;               /* scans: thousandths of a hertz; 10 is one in 100 s */
    int16_t *buffers[2];             /* filled in turn, `n_inputs * n_scans` samples each, in RAM */
    size_t n_scans;                  /* the app is called after so many */
    hal_analog_callback on_samples;  /* the buffer is the caller's until it is due again */
} hal_analog_config;

/* Scan without gaps until hal_analog_stop. False when the configuration is out of range. */
bool hal_analog_start(const hal_analog_config *config);
void hal_analog_stop(void);

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

/* ---- "motion" ---- */

enum { HAL_MOTION_KEPT_MAX = 64 };

typedef struct {
    int16_t acceleration[3]; /* x, y, z in hal_motion_step_ug() */
} hal_motion_sample;

typedef void (*hal_motion_callback)(void); /* interrupt context */

typedef struct {
    uint32_t rate_mhz;       /* thousandths of a hertz: 12500, 26000, 52000, 104000 or 208000 */
    uint32_t acceleration_g; /* full scale: 2, 4, 8 or 16 */
    uint32_t wake_mg;        /* half of a change between two samples on any axis that wakes, to full scale / 256 */
    size_t kept;             /* the sensor keeps so many of the newest samples, 1..HAL_MOTION_KEPT_MAX */
    hal_motion_callback on_motion;
} hal_motion_config;

/* An accelerometer that watches by itself: it samples in low power and keeps the newest samples, the core sleeps until
 * it is moved. False when the configuration is out of range or the part does not answer. Thread mode. */
bool hal_motion_start(const hal_motion_config *config);

/* The samples since the last call that are still kept, the oldest first: so many, at most `kept`. `moved`: whether it
 * was moved in that time; the next time calls back again. Thread mode; the core sleeps meanwhile. */
size_t hal_motion_read(hal_motion_sample *samples, bool *moved);
void hal_motion_stop(void);

/* What one step of a sample is, since the last start [millionths of a g]. */
uint32_t hal_motion_step_ug(void);

/* ---- "air" ---- */

typedef struct {
    int32_t temperature; /* hundredths of a degree Celsius */
    int32_t humidity;    /* relative, hundredths of a percent */
    int32_t pressure;    /* pascals */
} hal_air;

/* Measure once; the core sleeps meanwhile (about 12 ms), and the part afterwards. False when it does not
 * answer. Thread mode. */
bool hal_air_read(hal_air *air);

/* ---- "thermal" ---- */

enum { HAL_THERMAL_PIXELS = 64 }; /* eight rows of eight */

/* Wake the array; `frames_per_s` is 1 or 10. Its output settles for 15 s (data sheet). False when it does not
 * answer or runs already. Thread mode. */
bool hal_thermal_start(uint32_t frames_per_s);

/* Sleep until the next frame is there, and read it: row by row, in quarters of a degree Celsius. A frame may be read
 * twice, or be left out, once in a while: part and core have clocks of their own. Thread mode. */
bool hal_thermal_read(int16_t pixels[HAL_THERMAL_PIXELS]);
void hal_thermal_stop(void);

/* ---- "vibration" ---- */

enum { HAL_VIBRATION_RATE_MHZ = 26666667, HAL_VIBRATION_BATCH_MAX = 256 };

typedef struct {
    int16_t acceleration[3]; /* x, y, z in hal_vibration_step_ug() */
} hal_vibration_sample;

/* Interrupt context. `count` samples, the oldest first, that stay until the callback returns. */
typedef void (*hal_vibration_callback)(const hal_vibration_sample *samples, size_t count);

typedef struct {
    uint32_t acceleration_g; /* full scale: 2, 4, 8 or 16 */
    size_t batch;            /* samples in a callback, 16..HAL_VIBRATION_BATCH_MAX */
    hal_vibration_callback on_samples;
} hal_vibration_config;

/* Sample without gaps at 26.667 kHz until hal_vibration_stop; the core is woken once a batch and must be done with
 * it before the next. False when the configuration is out of range or the part does not answer. What the part says
 * in its first 10 ms, while it settles, is passed on like the rest. */
bool hal_vibration_start(const hal_vibration_config *config);
void hal_vibration_stop(void); /* waits for a batch, which nobody gets */

/* What one step of a sample is, since the last start [millionths of a g]. */
uint32_t hal_vibration_step_ug(void);

/* ---- "radio" ---- */

enum { HAL_RADIO_PAYLOAD_MAX = 31 };

/* One Bluetooth LE advertising event: ADV_NONCONN_IND with `length` (at most 31) bytes of advertising data
 * on channels 37, 38 and 39, at 0 dBm. Returns when it is over; the core sleeps meanwhile. False when too
 * long. */
bool hal_radio_advertise(const uint8_t *payload, size_t length);

#endif
