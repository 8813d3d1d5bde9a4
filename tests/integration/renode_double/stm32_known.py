"""Facts about platforms/cpus/stm32f746.repl and stm32g0.repl: what of them our boards meet.

Lines are R's; what older releases have otherwise stands beside it. Interrupts go as the chip has them.
"""

from __future__ import annotations

from renode_double.generation import Generation

Row = tuple[str, str, int, str]
"""Name, type, base, arguments."""


def _ports(letters: str, first: int) -> list[Row]:
    kind = "GPIOPort.STM32_GPIOPort"
    return [(f"gpioPort{x}", kind, first + n * 0x400, "numberOfAFs: 16") for n, x in enumerate(letters)]


def _many(kind: str, arguments: str, **bases: int) -> list[Row]:
    return [(name, kind, base, arguments) for name, base in bases.items()]


def _timers(**bases: int) -> list[Row]:
    """10 MHz each: stm32f746.repl:187-261, stm32g0.repl:145-194."""
    return _many("Timers.STM32_Timer", "frequency: 10000000|initialLimit: 0xFFFFFFFF", **bases)


def _usarts(**bases: int) -> list[Row]:
    return _many("UART.STM32F7_USART", "frequency: 200000000", **bases)


_CORE: list[Row] = [
    ("nvic", "IRQControllers.NVIC", 0xE000E000, "priorityMask: 0xF0|systickFrequency: 72000000|IRQ -> cpu@0"),
]
_F7_LATER = _timers(
    timer1=0x40010000,  # :187
    timer2=0x40000000,
    timer3=0x40000400,
    timer4=0x40000800,
    timer5=0x40000C00,
    timer7=0x40001400,
    timer8=0x40010400,
    timer9=0x40014000,
    timer10=0x40014400,
    timer11=0x40014800,
    timer12=0x40001800,
    timer13=0x40001C00,
    timer14=0x40002000,  # :258
)
"""From 1.16.1 on; at v1.16.0 timer6 alone is there (:184), and timer5 is a script at 0x40000C24 (:179)."""
_F7: list[Row] = [
    *_CORE,  # :29
    ("fsmcBank1", "Memory.MappedMemory", 0xC0000000, "size: 0x10000000"),  # :1
    ("sram", "Memory.MappedMemory", 0x20000000, "size: 0x60000"),  # :4
    ("flash", "Memory.MappedMemory", 0x08000000, "size: 0x200000"),  # :7
    *_usarts(usart1=0x40011000, usart2=0x40004400, usart3=0x40004800, usart6=0x40011400),  # :10-22
    *_many("CAN.STMCAN", "", can1=0x40006400),  # :26
    *_many("IRQControllers.STM32F4_EXTI", "numberOfOutputLines: 24", exti=0x40013C00),  # :39
    *_ports("ABCDEFGHIJK", 0x40020000),  # :53-102
    *_many("Network.SynopsysEthernetMAC", "", ethernet=0x40028000),  # :106
    ("rom", "Memory.MappedMemory", 0x1FFF0000, "size: 0x10000"),  # :109
    *_many("SPI.STM32SPI", "", spi1=0x40013000, spi2=0x40003800, spi3=0x40003C00),  # :112-120
    *_many("DMA.STM32DMA", "", dma1=0x40026000, dma2=0x40026400),  # :124-127
    *_many("Video.STM32LTDC", "", ltdc=0x40016800),  # :130
    *_many("DMA.STM32DMA2D", "", dma2d=0x4002B000),  # :133
    *_many("I2C.STM32F7_I2C", "", i2c1=0x40005400, i2c2=0x40005800, i2c3=0x40005C00, i2c4=0x40006000),  # :136
    *_many("Miscellaneous.STM32_SYSCFG", "", syscfg=0x40013800),  # :152
    *_many("Timers.STM32F4_RTC", "", rtc=0x40002800),  # :160
    *_many("Miscellaneous.STM32F4_RCC", "rtcPeripheral: rtc", rcc=0x40023800),  # :163
    *_many("Miscellaneous.STM32_RNG", "", rng=0x50060800),  # :166; STM32F4_RNG until 1.16.1
    ("flash_regs", "Memory.MappedMemory", 0x40023C00, "size: 0x400"),  # :184
    *_timers(timer6=0x40001000),  # :215
]
_G0: list[Row] = [
    ("flash", "Memory.MappedMemory", 0x08000000, "size: 0x20000"),  # :5
    ("ram", "Memory.MappedMemory", 0x20000000, "size: 0xC000"),  # :8
    *_CORE,  # :11
    *_many("IRQControllers.STM32F4_EXTI", "numberOfOutputLines: 34", exti=0x40021800),  # :18
    *_usarts(usart1=0x40013800, usart2=0x40004400, usart3=0x40004800),  # :64-72
    *_usarts(usart4=0x40004C00, usart5=0x40005000, usart6=0x40013C00),  # :76-84
    *_ports("ABCDEF", 0x50000000),  # :88-121
    *_many("I2C.STM32F7_I2C", "", i2c1=0x40005400, i2c2=0x40005800),  # :127-130
    *_many("SPI.STM32SPI", "", spi1=0x40013000, spi2=0x40003800, spi3=0x40003C00),  # :133-141
    *_timers(timer1=0x40012C00, timer2=0x40000000, timer3=0x40000400, timer4=0x40000800),  # :145-161
    *_timers(timer6=0x40001000, timer7=0x40001400, timer14=0x40002000),  # :166-176
    *_timers(timer15=0x40014000, timer16=0x40014400, timer17=0x40014800),  # :181-191
    *_many("CAN.STMCAN", "", fdcan1=0x40006400, fdcan2=0x40006800),  # :196-197
    *_many("Timers.STM32F4_RTC", "", rtc=0x40002800),  # :199
    *_many("Python.PythonPeripheral", "size: 0x400|initable: true", rcc=0x40021000),  # :202
    *_many("DMA.STM32G0DMA", "", dma1=0x40020000, dma2=0x40020400),  # :247-253
    *_many("Analog.STM32G0_ADC", "", adc=0x40012400),  # :257; STM32F0_ADC at v1.15.0
]
_SD = _many("SD.STM32FSDMMC", "", sdmmc=0x40012C00)
"""stm32f746.repl:180; from 1.15.3 on (:172), STM32SDMMC until 1.16.1."""
_G0_LATER = [
    *_many("Timers.STM32_IndependentWatchdog", "frequency: 32000", iwdg=0x40003000),  # :262
    *_many("MTD.STM32F4_FlashController", "flash: flash", flash_ctrl=0x40022000),  # :265
]
"""From 1.15.3 on (:254, :257)."""
_RANGED = frozenset({"CAN.STMCAN", "GPIOPort.STM32_GPIOPort"})
"""Placed with a size: stm32f746.repl:26, 53."""


def files(generation: Generation) -> dict[str, str]:
    """Path below Renode's folder -> entries, written anew in the grammar from the facts above."""
    is_first = generation.name == "1.15.0"
    f7 = [*_F7, *([] if is_first else _SD), *(_F7_LATER if generation.has_f7_timers else [])]
    g0 = [*_G0, *([] if is_first else _G0_LATER)]
    ranged = _RANGED | ({"Timers.STM32_Timer"} if is_first else set())  # stm32g0.repl:144 at v1.15.0
    return {
        "platforms/cpus/stm32f746.repl": _text(f7, "cortex-m7", ranged),  # :34
        "platforms/cpus/stm32g0.repl": _text(g0, "cortex-m0", ranged),  # :60
    }


def _text(rows: list[Row], core: str, ranged: frozenset[str]) -> str:
    entries = [f'cpu: CPU.CortexM @ sysbus {{ cpuType: "{core}"; nvic: nvic }}']
    for name, kind, base, given in rows:
        place = f"<0x{base:X}, +0x400>" if kind in ranged else f"0x{base:X}"
        body = "; ".join(filter(None, given.split("|")))
        entries.append(f"{name}: {kind} @ sysbus {place}" + (f" {{ {body} }}" if body else ""))
    return "\n\n".join(entries) + "\n"
