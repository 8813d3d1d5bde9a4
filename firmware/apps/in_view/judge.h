#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { EMPTY, PERSON, PET, N_CLASSES };

/* What is in view. */
int judge(const feature *features);

#endif
