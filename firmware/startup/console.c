#include "console.h"

#include "hal.h"

static char line[80];
static size_t used;

void console_flush(void)
{
    size_t length = used;
    used = 0;
    if (length)
        hal_console_write(line, length);
}

void console_putc(char c)
{
    line[used++] = c;
    if (c == '\n' || used == sizeof line)
        console_flush();
}

void console_puts(const char *text)
{
    while (*text)
        console_putc(*text++);
}

void console_put_u32(uint32_t value)
{
    char digits[10];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value);
    while (count)
        console_putc(digits[--count]);
}

void console_put_i32(int32_t value)
{
    if (value < 0)
        console_putc('-');
    console_put_u32(value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
}

void console_put_hex32(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        console_putc("0123456789abcdef"[(value >> shift) & 15u]);
}
