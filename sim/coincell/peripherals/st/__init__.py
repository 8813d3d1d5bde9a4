"""ST STM32F74x and STM32G0x1 blocks, one file each. Importing this makes them known to the registry."""

from coincell.peripherals.st import flash, gpio, pwr, rcc_f7, rcc_g0, tim, usart

__all__ = ["flash", "gpio", "pwr", "rcc_f7", "rcc_g0", "tim", "usart"]
