/* What the files of this HAL share. */
#ifndef COINCELL_STM32_H
#define COINCELL_STM32_H

#include "cortexm.h"
#include "hal.h"
#include "interrupts.h"
#include "stm32_registers.h"

/* Core, buses and kernels stay on the oscillator that they start with. */
#define HSI16_HZ 16000000u

/* A port needs its clock for changes only: pins keep their state without it. Any context; interrupts are
 * masked in between. */
static inline uint32_t port_open(unsigned pin)
{
    uint32_t masked = irq_save();
    RCC_PORTENR |= 1u << PIN_PORT(pin);
    (void)RCC_PORTENR; /* the clock is there after the read (RM0385 and RM0444 5.2, "clock enable") */
    return masked;
}

static inline void port_close(unsigned pin, uint32_t masked)
{
    RCC_PORTENR &= ~(1u << PIN_PORT(pin));
    irq_restore(masked);
}

/* Switch the clocks that `bits` of APB1's enable register stand for. Thread mode. */
static inline void apb1_clock(uint32_t bits, bool on)
{
    uint32_t masked = irq_save();
    if (on)
        RCC_APB1ENR |= bits;
    else
        RCC_APB1ENR &= ~bits;
    (void)RCC_APB1ENR;
    irq_restore(masked);
}

/* Each group's share of hal_init; a group that is not built leaves the empty one of core.c. */
void led_init(void);
void time_init(void);

#endif
