"""Facts about Renode's types and files that our platforms build on: names, arguments, places.

R platforms/cpus/nrf52840.repl, with lines; constructors at I Peripherals/Peripherals/… and Cores/Arm-M.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from renode_double import stm32_known
from renode_double.generation import Generation

INT, BOOL, TEXT, REFERENCE = "int", "bool", "string", "reference"


@dataclass(frozen=True)
class Type:
    """What a platform file may say of a type."""

    arguments: dict[str, str] = field(default_factory=dict)
    """Of its constructor."""
    needed: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)
    size: int | str | None = None
    """Bytes on the bus: a number, the argument that says it, or None where the registration must."""
    on: str = "bus"
    """What it hangs on: "bus", "i2c", "spi", "gpio", "cpu", "semihosting"."""
    offers: str = ""
    """What may hang on it."""
    outputs: tuple[str, ...] = ()
    """Interrupt outputs; the only one, or IRQ, is the default. "#n" are n numbered ones."""
    is_receiver: bool = False
    generation: str = ""
    """"head" or "old", where it is not in all."""
    source: str = ""


_IRQ = ("IRQ",)
TYPES: dict[str, Type] = {
    "CPU.CortexM": Type(
        {"cpuType": TEXT, "nvic": REFERENCE, "cpuId": INT, "id": INT, "fpuInterruptNumber": INT}
        | {"numberOfMPURegions": INT, "enableTrustZone": BOOL, "numberOfSAURegions": INT},
        ("cpuType", "nvic"),
        {"PerformanceInMips": INT, "CyclesPerInstruction": INT, "MaximumBlockSize": INT, "IsHalted": BOOL},
        on="bus:none",
        offers="cpu",
        is_receiver=True,
        source="I Cores/Arm-M/CortexM.cs:29; BaseCPU.cs:294",
    ),
    "IRQControllers.NVIC": Type(
        {"systickFrequency": INT, "priorityMask": INT, "haltSystickOnDeepSleep": BOOL},
        size=0x1000,
        outputs=_IRQ,
        is_receiver=True,
        source="I Cores/Arm-M/NVIC.cs:32",
    ),
    "Memory.MappedMemory": Type({"size": INT}, ("size",), size="size", source="I MappedMemory.cs:38"),
    "Memory.ArrayMemory": Type(
        {"size": INT, "initialValue": INT}, ("size",), size="size", source="I ArrayMemory.cs:26"
    ),
    "UART.NRF52840_UART": Type(
        {"easyDMA": BOOL}, size=0x1000, outputs=_IRQ, source="UART/NRF52840_UART.cs:21"
    ),
    "Timers.NRF52840_RTC": Type(
        {"numberOfEvents": INT},
        ("numberOfEvents",),
        size=0x1000,
        outputs=_IRQ,
        source="Timers/NRF52840_RTC.cs:21",
    ),
    "Timers.NRF52840_Timer": Type(
        {"numberOfEvents": INT},
        ("numberOfEvents",),
        size=0x1000,
        outputs=_IRQ,
        source="Timers/NRF52840_Timer.cs:19",
    ),
    "Timers.NRF52840_Watchdog": Type(size=0x1000, outputs=_IRQ, source="Timers/NRF52840_Watchdog.cs:20"),
    "Miscellaneous.NRF52840_PPI": Type(size=0x1000, source="Miscellaneous/NRF52840_PPI.cs:19"),
    "Miscellaneous.NRF_CLOCK": Type(size=0x1000, outputs=_IRQ, source="Miscellaneous/NRF_CLOCK.cs:46"),
    "I2C.NRF52840_I2C": Type(size=0x1000, outputs=_IRQ, offers="i2c", source="I2C/NRF52840_I2C.cs:24"),
    "SPI.NRF52840_SPI": Type(
        {"easyDMA": BOOL}, size=0x1000, outputs=_IRQ, offers="spi", source="SPI/NRF52840_SPI.cs:23"
    ),
    "GPIOPort.NRF52840_GPIO": Type(
        size=0x300,
        outputs=("#32",),
        offers="gpio",
        is_receiver=True,
        source="GPIOPort/NRF52840_GPIO.cs:19, 67",
    ),
    "GPIOPort.NRF52840_GPIOTasksEvents": Type(
        {"port0": REFERENCE, "port1": REFERENCE},
        size=0x1000,
        outputs=_IRQ,
        source="GPIOPort/NRF52840_GPIOTasksEvents.cs:19",
    ),
    "Sound.NRF52840_I2S": Type(size=0x1000, outputs=_IRQ, source="Sound/NRF52840_I2S.cs:22"),
    "Sound.NRF52840_PDM": Type(size=0x1000, outputs=_IRQ, source="Sound/NRF52840_PDM.cs:21, 84"),
    "Wireless.NRF52840_Radio": Type(size=0x1000, outputs=_IRQ, source="Wireless/NRF52840_Radio.cs:23"),
    "Miscellaneous.NRF52840_RNG": Type(size=0x1000, outputs=_IRQ, source="Miscellaneous/NRF52840_RNG.cs:18"),
    "Miscellaneous.NRF52840_ECB": Type(size=0x1000, outputs=_IRQ, source="Miscellaneous/NRF52840_ECB.cs:19"),
    "Miscellaneous.NRF52840_EGU": Type(size=0x1000, outputs=_IRQ, source="Miscellaneous/NRF52840_EGU.cs:19"),
    "Miscellaneous.DWT": Type(
        {"frequency": INT}, ("frequency",), size=0x1000, source="I Cores/Arm-M/DWT.cs:17"
    ),
    "Timers.STM32_Timer": Type(
        {"frequency": INT, "initialLimit": INT},
        ("frequency", "initialLimit"),
        size=0x400,
        outputs=_IRQ,
        source="Timers/STM32_Timer.cs:25, 478",
    ),
    "UART.STM32F7_USART": Type(
        {"frequency": INT, "lowPowerMode": BOOL},
        ("frequency",),
        size=0x400,
        outputs=_IRQ,
        source="UART/STM32F7_USART.cs:20",
    ),
    "GPIOPort.STM32_GPIOPort": Type(
        {"modeResetValue": INT, "pullUpPullDownResetValue": INT, "numberOfAFs": INT},
        outputs=("#16",),
        offers="gpio",
        is_receiver=True,
        source="GPIOPort/STM32_GPIOPort.cs:19",
    ),
    "Python.PythonPeripheral": Type(
        {"size": INT, "initable": BOOL, "script": TEXT, "filename": TEXT},
        ("size",),
        size="size",
        source="I Main/Peripherals/Python/PythonPeripheral.cs:45",
    ),
    "IRQControllers.STM32F4_EXTI": Type(
        {"numberOfOutputLines": INT, "firstDirectLine": INT}, size=0x400, is_receiver=True
    ),
    "Miscellaneous.STM32F4_RCC": Type({"rtcPeripheral": REFERENCE}, size=0x400),
    "Timers.STM32_IndependentWatchdog": Type({"frequency": INT}, size=0x400),
    "MTD.STM32F4_FlashController": Type({"flash": REFERENCE}, size=0x400),
    "Network.SynopsysEthernetMAC": Type(size=0x1400),
    "CAN.STMCAN": Type(),
    **{
        name: Type(size=0x400, is_receiver=True)
        for name in (
            *("SPI.STM32SPI", "I2C.STM32F7_I2C", "DMA.STM32DMA", "DMA.STM32DMA2D", "DMA.STM32G0DMA"),
            *("Miscellaneous.STM32_SYSCFG", "Miscellaneous.STM32_RNG", "Timers.STM32F4_RTC"),
            *("Video.STM32LTDC", "SD.STM32FSDMMC", "Analog.STM32G0_ADC"),
        )
    },
    "Miscellaneous.LED": Type(
        {"invert": BOOL}, on="gpio", is_receiver=True, source="Miscellaneous/LED.cs:18"
    ),
    "Miscellaneous.Button": Type(
        {"invert": BOOL}, on="gpio", outputs=_IRQ, source="Miscellaneous/Button.cs:24"
    ),
    "Sensors.LSM6DSO_IMU": Type(
        on="i2c|spi", outputs=("Interrupt1",), source="I …/Sensors/LSM6DSO_IMU.cs:26"
    ),
    "Sensors.LSM9DS1_IMU": Type(
        properties={"MaxFifoDepth": INT}, on="i2c", source="Sensors/LSM9DS1_IMU.cs:20, 255"
    ),
    "Sensors.LSM9DS1_Magnetic": Type(on="i2c", source="Sensors/LSM9DS1_Magnetic.cs:20"),
    "CPU.SemihostingHandler": Type(
        on="cpu", offers="semihosting", generation="head", source="R platforms/cpus/a20.repl:71"
    ),
    "UART.SemihostingUart": Type(on="cpu|semihosting", source="R platforms/cpus/a20.repl:72; v1.15.0:70"),
}

CPU_TYPES = frozenset(
    f"cortex-m{kind}" for kind in ("0", "0+", "1", "23", "3", "33", "4", "4f", "52", "55", "7", "85")
)
"""T arch/arm/helper.c:666-678."""


def _nrf52840() -> str:
    """platforms/cpus/nrf52840.repl as facts: name, type, place, arguments, interrupt."""
    rows = [
        ("cpu", "CPU.CortexM", "sysbus", 'cpuType: "cortex-m4"|nvic: nvic', None),  # :4
        ("nvic", "IRQControllers.NVIC", "sysbus 0xE000E000", "", ("cpu", 0)),  # :1
        ("flash", "Memory.MappedMemory", "sysbus 0x0", "size: 0x100000", None),  # :33
        (
            "ram",
            "Memory.MappedMemory",
            "{ sysbus 0x800000; sysbus 0x20000000 }",
            "size: 0x40000",
            None,
        ),  # :36
        ("ppi", "Miscellaneous.NRF52840_PPI", "sysbus 0x4001F000", "", None),  # :31
        ("gpio0", "GPIOPort.NRF52840_GPIO", "sysbus 0x50000500", "", None),  # :48
        ("gpio1", "GPIOPort.NRF52840_GPIO", "sysbus 0x50000800", "", None),  # :50
    ]
    on_bus = [
        ("uart0", "UART.NRF52840_UART", 0x40002000, "easyDMA: true", 2),  # :8
        ("uart1", "UART.NRF52840_UART", 0x40028000, "easyDMA: true", 40),  # :12
        ("rtc0", "Timers.NRF52840_RTC", 0x4000B000, "numberOfEvents: 3", 11),  # :16
        ("rtc1", "Timers.NRF52840_RTC", 0x40011000, "numberOfEvents: 3", 17),  # :20
        ("rtc2", "Timers.NRF52840_RTC", 0x40024000, "numberOfEvents: 4", 36),  # :24
        ("wdt", "Timers.NRF52840_Watchdog", 0x40010000, "", 16),  # :28
        ("clock", "Miscellaneous.NRF_CLOCK", 0x40000000, "", 0),  # :39
        ("twi0", "I2C.NRF52840_I2C", 0x40003000, "", 3),  # :42
        ("twi1", "I2C.NRF52840_I2C", 0x40004000, "", 4),  # :57
        ("spi2", "SPI.NRF52840_SPI", 0x40023000, "", 35),  # :45
        ("gpiote", "GPIOPort.NRF52840_GPIOTasksEvents", 0x40006000, "port0: gpio0|port1: gpio1", 6),  # :52
        ("timer0", "Timers.NRF52840_Timer", 0x40008000, "numberOfEvents: 4", 8),  # :60
        ("timer1", "Timers.NRF52840_Timer", 0x40009000, "numberOfEvents: 4", 9),  # :64
        ("timer2", "Timers.NRF52840_Timer", 0x4000A000, "numberOfEvents: 4", 10),  # :68
        ("timer3", "Timers.NRF52840_Timer", 0x4001A000, "numberOfEvents: 6", 26),  # :72
        ("timer4", "Timers.NRF52840_Timer", 0x4001B000, "numberOfEvents: 6", 27),  # :76
        ("i2s", "Sound.NRF52840_I2S", 0x40025000, "", 37),  # :80
        ("pdm", "Sound.NRF52840_PDM", 0x4001D000, "", 29),  # :83
        ("radio", "Wireless.NRF52840_Radio", 0x40001000, "", 1),  # :86
        ("rng", "Miscellaneous.NRF52840_RNG", 0x4000D000, "", 13),  # :89
        ("ecb", "Miscellaneous.NRF52840_ECB", 0x4000E000, "", 14),  # :92
        *(
            (f"egu{n}", "Miscellaneous.NRF52840_EGU", 0x40014000 + n * 0x1000, "", 20 + n) for n in range(6)
        ),  # :95
    ]
    rows += [
        (name, kind, f"sysbus 0x{base:X}", given, ("nvic", irq)) for name, kind, base, given, irq in on_bus
    ]
    text = []
    for name, kind, place, given, irq in rows:
        body = [*filter(None, given.split("|")), *([f"-> {irq[0]}@{irq[1]}"] if irq else [])]
        text.append(f"{name}: {kind} @ {place}" + (" { " + "; ".join(body) + " }" if body else ""))
    # :113-119, the first of them from a network that tests have not
    text.append("sysbus:\n    init:\n        ApplySVD @https://example.invalid/NRF52840.svd.gz")
    return "\n\n".join(text) + "\n"


def files(generation: Generation) -> dict[str, str]:
    """Path below Renode's folder -> entries, written anew in the grammar from the facts above."""
    return {"platforms/cpus/nrf52840.repl": _nrf52840(), **stm32_known.files(generation)}
