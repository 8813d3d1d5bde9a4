#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { BAG, CHILD, ADULT, N_CLASSES };

/* What the load is that the features tell about. */
int judge(const feature *features);

#endif
