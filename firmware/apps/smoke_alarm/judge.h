#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { NUISANCE, FIRE };

/* What the smoke comes from that the features tell about. */
int judge(const feature *features);

#endif
