/* From reset to main: vector table, memory, FPU, HAL. The symbols are the generated linker script's. */
#include "cortexm.h"
#include "hal.h"
#include "interrupts.h"

extern uint32_t __stack_top[], __data_start__[], __data_end__[], __data_load__[], __bss_start__[], __bss_end__[];

int main(void);
void Reset_Handler(void);

/* A fault that nobody handles must not look like a busy program: an undefined instruction inside the
 * handler of a fault locks the core up, which a debugger, an emulator and the chip's reset reason show. The
 * exception frame of the first fault is still on the stack. */
void Fault_Handler(void)
{
    __builtin_trap();
}

/* An interrupt that was enabled without a handler: a programming error of the same kind. */
void Unexpected_Handler(void)
{
    __builtin_trap();
}

/* ".thumb_func" semantics come with the function type; an alias keeps the handler's own name free. */
#define WEAK_AS(target) __attribute__((weak, alias(#target)))

void NMI_Handler(void) WEAK_AS(Unexpected_Handler);
void HardFault_Handler(void) WEAK_AS(Fault_Handler);
void MemManage_Handler(void) WEAK_AS(Fault_Handler);
void BusFault_Handler(void) WEAK_AS(Fault_Handler);
void UsageFault_Handler(void) WEAK_AS(Fault_Handler);
void SVC_Handler(void) WEAK_AS(Unexpected_Handler);
void DebugMon_Handler(void) WEAK_AS(Unexpected_Handler);
void PendSV_Handler(void) WEAK_AS(Unexpected_Handler);
void SysTick_Handler(void) WEAK_AS(Unexpected_Handler);

#define DECLARE(name) void name##_IRQHandler(void) WEAK_AS(Unexpected_Handler);
INTERRUPTS(DECLARE, )

typedef void (*vector)(void);

#define ADDRESS(name) name##_IRQHandler,
#define HOLE 0,
__attribute__((section(".vectors"), used, aligned(256))) const vector vectors[] = {
    (vector)__stack_top, Reset_Handler, NMI_Handler, HardFault_Handler, MemManage_Handler, BusFault_Handler,
    UsageFault_Handler, 0, 0, 0, 0, SVC_Handler, DebugMon_Handler, 0, PendSV_Handler, SysTick_Handler,
    INTERRUPTS(ADDRESS, HOLE)
};

__attribute__((noreturn)) void Reset_Handler(void)
{
    const uint32_t *from = __data_load__;
    for (uint32_t *to = __data_start__; to < __data_end__;)
        *to++ = *from++;
    for (uint32_t *to = __bss_start__; to < __bss_end__;)
        *to++ = 0;
#if defined(__ARM_FP)
    SCB_CPACR |= 0xFu << 20; /* CP10 and CP11: full access */
    __asm volatile("dsb\n\tisb" ::: "memory");
#endif
#if !defined(__ARM_ARCH_6M__)
    SCB_VTOR = (uint32_t)(uintptr_t)vectors; /* a boot loader may have left its own table */
#endif
    hal_init();
    hal_exit(main());
}
