/* What the files of this HAL share. */
#ifndef COINCELL_NRF52_H
#define COINCELL_NRF52_H

#include "cortexm.h"
#include "hal.h"
#include "interrupts.h"
#include "nrf52_registers.h"

#include BOARD_HEADER

/* Keep the crystal oscillator (HFXO) running until each request has been released. PDM and RADIO need it;
 * everything else runs from the internal oscillator. Thread mode. */
void clock_hfxo_request(void);
void clock_hfxo_release(void);

/* Start the 32,768 Hz crystal. Twice is once. */
void clock_lfxo_start(void);

/* Write `n_sent` bytes to the I2C part at `address`, then read `n_received` (0: none). Returns at once; `done`
 * is called in interrupt context. Both buffers are in RAM and stay as they are until then. */
void twim_transfer(uint32_t address, const uint8_t *sent, size_t n_sent, uint8_t *received,
                   size_t n_received, void (*done)(bool acknowledged));
void twim_on(void); /* pins and block; off again when nothing is to be transferred for a while */
void twim_off(void);

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
