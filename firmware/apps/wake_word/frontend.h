/* Sound to features: log energies in mel bands, fixed point, no library. The same numbers as
 * coincell.learn.wake_word.frontend, bit for bit. */
#ifndef FRONTEND_H
#define FRONTEND_H

#include <stdint.h>

#include "frontend_tables.h"

/* Take the next FRONTEND_HOP samples; give the FRONTEND_BANDS features of the FRONTEND_WINDOW samples that
 * end with them, in eighths of an octave of energy. Before the first samples there is silence. */
void frontend_process(const int16_t *samples, int8_t *features);

/* Forget what was heard. */
void frontend_reset(void);

#endif
