#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { HEALTHY, IMBALANCE, MOUNTING, BEARING, N_CLASSES }; /* mounting: misaligned, or loose on its feet */

/* What is wrong with the machine. */
int judge(const feature *features);

#endif
