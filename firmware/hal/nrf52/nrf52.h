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

/* Start the 32,768 Hz crystal. */
void clock_lfxo_start(void);

/* Each group's share of hal_init; a group that is not built leaves the empty one of core.c. */
void led_init(void);
void time_init(void);

/* Clear an event such that its interrupt line has fallen before the handler returns: the write is buffered,
 * the read waits for it (Product Specification v1.7, 4.1.4 and 6.1.8). */
static inline void event_clear(volatile uint32_t *event)
{
    *event = 0;
    (void)*event;
}

#endif
