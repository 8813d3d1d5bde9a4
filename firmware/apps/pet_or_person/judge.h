#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { PET, PERSON };

/* Who it is that moves. */
int judge(const feature *features);

#endif
