/* What an app says of its outcome, one line on the console each; needs the HAL group "console". Thread mode. */
#ifndef SENSE_SAY_H
#define SENSE_SAY_H

#include <stdint.h>

/* `class NAME`, when NAME is another one than was said last; null says nothing. Names are told apart by where
 * they lie: take them from one table. */
void sense_say_class(const char *name);

/* `WHAT VALUE`. */
void sense_say(const char *what, int32_t value);

#endif
