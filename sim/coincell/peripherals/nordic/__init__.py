"""Nordic nRF52840 blocks, one file each. Importing this makes them known to the registry."""

from coincell.peripherals.nordic import (
    clock,
    gpio,
    gpiote,
    nvmc,
    pdm,
    power,
    ppi,
    radio,
    rtc,
    shared,
    timer,
    uart,
    uarte,
)

__all__ = [
    "clock",
    "gpio",
    "gpiote",
    "nvmc",
    "pdm",
    "power",
    "ppi",
    "radio",
    "rtc",
    "shared",
    "timer",
    "uart",
    "uarte",
]
