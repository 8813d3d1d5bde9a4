/* What was said last? Answered by the model, by a plain rule, or, while the app is trained, by nobody. */
#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum heard { NOISE, OTHER, WORD, HEARD };

/* What `features`, FEATURES of them, end with: no speech, other words, or the word just said. */
__attribute__((noinline)) int judge(const feature *features);

#endif
