#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { KNOCKED, SHAKEN, OPENED, N_CLASSES };

/* What is done to the door. */
int judge(const feature *features);

#endif
