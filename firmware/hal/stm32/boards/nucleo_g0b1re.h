/* ST NUCLEO-G0B1RE: which pin does what. ST UM2324, tables of LEDs and of USART2 to ST-LINK. */
#ifndef STM32G0
#define STM32G0
#endif

#define BOARD_CONSOLE_TX PIN('A', 2u)
#define BOARD_CONSOLE_FUNCTION 1u
#define BOARD_CONSOLE_USART USART2_BASE
#define BOARD_CONSOLE_CLOCK RCC_APB1_USART2
#define BOARD_CONSOLE_IRQ IRQ_USART2
#define BOARD_CONSOLE_HANDLER USART2_LPUART2_IRQHandler

/* whether it is there, and its pin */
#define BOARD_LEDS                                                                                        \
    {                                                                                                     \
        [HAL_LED_BUILTIN] = {1, PIN('A', 5u)},                                                            \
        [HAL_LED_GREEN] = {1, PIN('A', 5u)},                                                              \
    }
