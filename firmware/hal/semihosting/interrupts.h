/* No interrupt is used. */
#define INTERRUPTS(ENTRY, RESERVED)
