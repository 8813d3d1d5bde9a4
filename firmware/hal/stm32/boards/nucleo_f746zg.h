/* ST NUCLEO-F746ZG: which pin does what. ST UM1974, tables of LEDs and of USART3 to ST-LINK. */
#ifndef STM32F7
#define STM32F7
#endif

#define BOARD_CONSOLE_TX PIN('D', 8u)
#define BOARD_CONSOLE_FUNCTION 7u
#define BOARD_CONSOLE_USART USART3_BASE
#define BOARD_CONSOLE_CLOCK RCC_APB1_USART3
#define BOARD_CONSOLE_IRQ IRQ_USART3
#define BOARD_CONSOLE_HANDLER USART3_IRQHandler

/* whether it is there, and its pin */
#define BOARD_LEDS                                                                                        \
    {                                                                                                     \
        [HAL_LED_BUILTIN] = {1, PIN('B', 0u)}, [HAL_LED_RED] = {1, PIN('B', 14u)},                        \
        [HAL_LED_GREEN] = {1, PIN('B', 0u)}, [HAL_LED_BLUE] = {1, PIN('B', 7u)},                          \
    }
