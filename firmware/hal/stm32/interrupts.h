/* External interrupts of the board's chip in vector order. RESERVED leaves a hole. */
#ifndef COINCELL_STM32_INTERRUPTS_H
#define COINCELL_STM32_INTERRUPTS_H

#include BOARD_HEADER

#if defined(STM32F7)
#include "interrupts_f7.h"
#else
#include "interrupts_g0.h"
#endif

#endif
