#include "say.h"

#include <stddef.h>

#include "console.h"

void sense_say_class(const char *name)
{
    static const char *said;
    if (name == NULL || name == said)
        return;
    said = name;
    console_puts("class ");
    console_puts(name);
    console_putc('\n');
}

void sense_say(const char *what, int32_t value)
{
    console_puts(what);
    console_putc(' ');
    console_put_i32(value);
    console_putc('\n');
}
