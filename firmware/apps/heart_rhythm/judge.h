#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { NORMAL, FIBRILLATION, N_RHYTHMS };

/* The rhythm of the intervals that the features tell about. */
int judge(const feature *features);

#endif
