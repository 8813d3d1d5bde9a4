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

/* ---- "radio" ---- */

enum { HAL_RADIO_PAYLOAD_MAX = 31 };

/* One Bluetooth LE advertising event: ADV_NONCONN_IND with `length` (at most 31) bytes of advertising data
 * on channels 37, 38 and 39, at 0 dBm. Returns when it is over; the core sleeps meanwhile. False when too
 * long. */
bool hal_radio_advertise(const uint8_t *payload, size_t length);

#endif
