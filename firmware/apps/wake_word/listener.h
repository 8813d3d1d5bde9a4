/* From sound to "there was the word": front end, window of features, network, detector. Knows no hardware,
 * so the same code runs on the board and, compiled for it, on a computer. */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend.h"

enum {
    LISTENER_FRAMES = 48,               /* what the network sees at once: 0.97 s */
    LISTENER_FRAMES_PER_INFERENCE = 6,  /* it looks every 120 ms */
    LISTENER_CLASSES = 3,               /* noise, other speech, the word */
    LISTENER_WAKE = 2,
};

/* Take FRONTEND_HOP samples (20 ms). True when the word has just been heard. */
bool listener_hear(const int16_t *samples);

/* Mean score (0..255) that the detector saw last, and the word's score of the last inference alone. */
uint8_t listener_score(void);
uint8_t listener_last_score(void);

/* Inferences so far. */
uint32_t listener_inferences(void);

#endif
