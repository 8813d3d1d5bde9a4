"""The private peripherals of a core as registers: system control, interrupts, debug and trace."""
