/* The core's own registers, for start-up code and HALs.
 * Armv7-M Architecture Reference Manual (DDI 0403E) B3, Armv6-M (DDI 0419E) B3, DWT C1.8. */
#ifndef COINCELL_CORTEXM_H
#define COINCELL_CORTEXM_H

#include <stdint.h>

#define CORE_REGISTER(address) (*(volatile uint32_t *)(address))
#define SYST_CSR CORE_REGISTER(0xE000E010u)
#define SYST_RVR CORE_REGISTER(0xE000E014u)
#define SYST_CVR CORE_REGISTER(0xE000E018u)
#define NVIC_ISER(n) CORE_REGISTER(0xE000E100u + 4u * (n))
#define NVIC_ICER(n) CORE_REGISTER(0xE000E180u + 4u * (n))
#define SCB_VTOR CORE_REGISTER(0xE000ED08u)
#define SCB_CPACR CORE_REGISTER(0xE000ED88u)
#define DCB_DEMCR CORE_REGISTER(0xE000EDFCu)
#define DWT_CTRL CORE_REGISTER(0xE0001000u)
#define DWT_CYCCNT CORE_REGISTER(0xE0001004u)

static inline void irq_enable(unsigned number)
{
    NVIC_ISER(number >> 5) = 1u << (number & 31u);
}

static inline void irq_disable(unsigned number)
{
    NVIC_ICER(number >> 5) = 1u << (number & 31u);
    __asm volatile("dsb\n\tisb" ::: "memory");
}

/* Mask all interrupts; hand the result to irq_restore. */
static inline uint32_t irq_save(void)
{
    uint32_t primask;
    __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
    return primask;
}

static inline void irq_restore(uint32_t primask)
{
    __asm volatile("msr primask, %0" ::"r"(primask) : "memory");
}

/* Cycles since the first call, at 2^32 (DWT) or 2^24 (SysTick, where the core has no DWT counter). */
static inline uint32_t cycle_counter(void)
{
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
    if (!(SYST_CSR & 1u)) {
        SYST_RVR = 0xFFFFFFu;
        SYST_CVR = 0;
        SYST_CSR = 5u; /* processor clock, no interrupt */
    }
    return (0u - SYST_CVR) & 0xFFFFFFu;
#else
    if (!(DWT_CTRL & 1u)) {
        DCB_DEMCR |= 1u << 24; /* TRCENA */
        DWT_CYCCNT = 0;
        DWT_CTRL |= 1u;
    }
    return DWT_CYCCNT;
#endif
}

#endif
