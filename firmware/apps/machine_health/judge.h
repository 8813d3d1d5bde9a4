#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { HEALTHY, IMBALANCE, BEARING, N_CLASSES };

/* What is wrong with the machine. */
int judge(const feature *features);

#endif
