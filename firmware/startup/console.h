/* Text without printf. Lines are gathered and handed to hal_console_write whole, at '\n' or when full, so
 * that the port is switched on once a line. Thread mode. */
#ifndef COINCELL_CONSOLE_H
#define COINCELL_CONSOLE_H

#include <stdint.h>

void console_putc(char c);
void console_puts(const char *text); /* no newline is added */
void console_put_u32(uint32_t value);
void console_put_i32(int32_t value);
void console_put_hex32(uint32_t value); /* eight digits, no prefix */
void console_flush(void);

#endif
