/* What analog.c and analog_scans.c share: the SAADC. */
#ifndef COINCELL_NRF52_ANALOG_H
#define COINCELL_NRF52_ANALOG_H

#include "nrf52.h"

enum {
    CONVERSION_US = 13, /* 10 us to charge the capacitor from 100 kOhm, less than 2 us to convert, and some */
    PPI_FIRST = 0,      /* of three channels */
    PPI_PACE = 2,
    PPI_ALL = 7,
};

/* Channels for `inputs` in their order; `enabled` are interrupts that come to `on_interrupt`. */
void saadc_on(const enum hal_analog *inputs, size_t n_inputs, uint32_t enabled, void (*on_interrupt)(void));

/* PPI takes a scan through START, SAMPLE when that has started, STOP when it has ended. */
void saadc_scan_by_scan(void);

void saadc_into(int16_t *samples, size_t count);
void saadc_off(void);
void ppi_connect(unsigned channel, volatile uint32_t *event, volatile uint32_t *task);

bool analog_scans_run(void);

#endif
