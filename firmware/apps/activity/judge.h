#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { STILL, WALKING, RUNNING, CYCLING, STAIRS, N_CLASSES };

/* What somebody does whom the features tell about. */
int judge(const feature *features);

#endif
