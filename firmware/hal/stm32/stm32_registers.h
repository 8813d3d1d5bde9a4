/* The registers that this HAL uses. Addresses, offsets and bit positions: the register maps of RM0385 (STM32F74x)
 * and RM0444 (STM32G0x1). The blocks are the same, their addresses and RCC are not. */
#ifndef COINCELL_STM32_REGISTERS_H
#define COINCELL_STM32_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#if defined(STM32F7)
#define RCC_PORTENR REGISTER(0x40023830u) /* AHB1ENR, RM0385 5.3.10 */
#define RCC_APB1ENR REGISTER(0x40023840u) /* RM0385 5.3.13 */
#define GPIO_BASE 0x40020000u
#define DWT_LAR REGISTER(0xE0001FB0u)
#define DWT_UNLOCK 0xC5ACCE55u
#else
#define RCC_PORTENR REGISTER(0x40021034u) /* IOPENR, RM0444 5.4.14 */
#define RCC_APB1ENR REGISTER(0x4002103Cu) /* APBENR1, RM0444 5.4.16 */
#define GPIO_BASE 0x50000000u
#endif
#define RCC_APB1_TIM2 (1u << 0)
#define RCC_APB1_USART2 (1u << 17)
#define RCC_APB1_USART3 (1u << 18)

/* GPIO: RM0385 6.4, RM0444 7.4. PIN('B', 7) is PB7. */
#define PIN(port, number) ((((unsigned)(port) - 'A') << 4) | (number))
#define PIN_PORT(pin) ((pin) >> 4)
#define PIN_NUMBER(pin) ((pin) & 15u)
#define PORT_REGISTER(pin, offset) REGISTER(GPIO_BASE + 0x400u * PIN_PORT(pin) + (offset))
#define GPIO_MODER(pin) PORT_REGISTER(pin, 0x00u)
#define GPIO_PUPDR(pin) PORT_REGISTER(pin, 0x0Cu)
#define GPIO_BSRR(pin) PORT_REGISTER(pin, 0x18u)
#define GPIO_AFR(pin) PORT_REGISTER(pin, 0x20u + 4u * (PIN_NUMBER(pin) >> 3))
#define GPIO_MODE_OUTPUT 1u
#define GPIO_MODE_ALTERNATE 2u
#define GPIO_PULL_UP 1u

/* TIM2, the 32-bit timer: RM0385 23.4, RM0444 22.4 */
#define TIM2_CR1 REGISTER(0x40000000u)
#define TIM2_DIER REGISTER(0x4000000Cu)
#define TIM2_SR REGISTER(0x40000010u)
#define TIM2_EGR REGISTER(0x40000014u)
#define TIM2_CNT REGISTER(0x40000024u)
#define TIM2_PSC REGISTER(0x40000028u)
#define TIM2_CCR1 REGISTER(0x40000034u) /* as after reset: a match raises a flag and moves no pin */
#define TIM_CR1_CEN (1u << 0)
#define TIM_CR1_URS (1u << 2) /* the update that UG makes raises no flag */
#define TIM_UPDATE (1u << 0)  /* UIE of DIER, UIF of SR, UG of EGR */
#define TIM_COMPARE1 (1u << 1) /* CC1IE of DIER, CC1IF of SR */

/* USART2 and USART3: RM0385 31.8, RM0444 33.8 */
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_CR1(base) REGISTER((base) + 0x00u)
#define USART_BRR(base) REGISTER((base) + 0x0Cu)
#define USART_ISR(base) REGISTER((base) + 0x1Cu)
#define USART_TDR(base) REGISTER((base) + 0x28u)
#define USART_CR1_UE (1u << 0)
#define USART_CR1_TE (1u << 3)
#define USART_TC (1u << 6)  /* TCIE of CR1, TC of ISR */
#define USART_TXE (1u << 7) /* TXEIE of CR1, TXE of ISR */

/* Replace the `width` bits of pin `number` in a register that holds as many for each pin. */
static inline void pin_field(volatile uint32_t *where, unsigned number, unsigned width, uint32_t value)
{
    uint32_t mask = ((1u << width) - 1u) << (width * number);
    *where = (*where & ~mask) | (value << (width * number));
}

#endif
