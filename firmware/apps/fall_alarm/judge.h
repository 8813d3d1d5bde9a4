#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { OTHER, FALL };

/* What the blow was that the features tell about. */
int judge(const feature *features);

#endif
