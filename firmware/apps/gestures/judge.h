#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { NOTHING, SWIPE_LEFT, SWIPE_RIGHT, SWIPE_UP, SWIPE_DOWN, CIRCLE, SHAKE, N_CLASSES };

/* The gesture that just ended. */
int judge(const feature *features);

#endif
