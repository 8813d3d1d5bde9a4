/* What the files of this HAL share. */
#ifndef COINCELL_NRF52_H
#define COINCELL_NRF52_H

#include "cortexm.h"
#include "hal.h"
#include "interrupts.h"
#include "nrf52_registers.h"

#include BOARD_HEADER

/* Who uses what is there in numbers:
 *   RTC1    time.c, from hal_init on; CC0 wakes hal_sleep_until, CC1 starts a scan of analog.c
 *   RTC2    imu.c
 *   TIMER1  analog.c, for scans above 1 kHz
 *   PPI     channels 0 to 2: analog.c; channel 3: microphone_i2s.c; 4 and 5: vibration.c
 *   PWM0, PWM1  microphone_i2s.c, on boards with such a microphone
 *   GPIOTE  the PORT event: pins.c; channels 0 and 1: vibration.c
 *   TWIM0   twim.c, the board's own sensors
 *   TWIM1   twim.c, breakouts on the header
 *   SPIM2   vibration.c
 * RTC0, TIMER0 and TIMER2 to 4, PPI from channel 6 on, PWM2, PWM3 and GPIOTE from channel 2 on are free. */

/* Keep the crystal oscillator (HFXO) running until each request has been released. PDM and RADIO need it;
 * everything else runs from the internal oscillator. Thread mode. */
void clock_hfxo_request(void);
void clock_hfxo_release(void);

/* Start the 32,768 Hz crystal. Twice is once. */
void clock_lfxo_start(void);

/* I2C: the board's own sensors (imu.c), and what is plugged into the header. */
enum twim_bus { TWIM_SENSORS, TWIM_BREAKOUTS, TWIM_COUNT };

/* Write `n_sent` bytes to the I2C part at `address`, then read `n_received` (0: none). Returns at once; `done`
 * is called in interrupt context. Both buffers are in RAM and stay as they are until then. */
void twim_transfer(enum twim_bus bus, uint32_t address, const uint8_t *sent, size_t n_sent, uint8_t *received,
                   size_t n_received, void (*done)(bool acknowledged));
void twim_on(enum twim_bus bus); /* pins and block; off again when nothing is to be transferred for a while */
void twim_off(enum twim_bus bus);

/* Registers of a breakout, whose bus is on meanwhile; the core sleeps. False when it did not answer. Thread mode. */
bool breakout_read(uint32_t address, uint8_t first, uint8_t *into, size_t count);
bool breakout_write(uint32_t address, uint8_t reg, uint8_t value);

/* The counter behind hal_time_us: 32,768 Hz since hal_init. Any context. */
enum { TICKS_PER_S = 32768 };
uint64_t time_ticks(void);

/* From now on RTC1's COMPARE1 event comes at the tick that time_alarm sets, for PPI; with `on_alarm` that is
 * called besides, in interrupt context. A tick comes for sure when it is two away or more (PS 6.22). */
void time_alarm_on(void (*on_alarm)(void));
void time_alarm(uint64_t tick);
void time_alarm_off(void);

/* Each group's share of hal_init; a group that is not built leaves the empty one of core.c. */
void led_init(void);
void time_init(void);

/* Before a block is started that reads memory by EasyDMA: what was stored is in memory, and not kept for later. */
static inline void dma_reads_memory(void)
{
    __asm volatile("" ::: "memory");
}

/* Clear an event such that its interrupt line has fallen before the handler returns: the write is buffered,
 * the read waits for it (Product Specification v1.7, 4.1.4 and 6.1.8). */
static inline void event_clear(volatile uint32_t *event)
{
    *event = 0;
    (void)*event;
}

#endif
