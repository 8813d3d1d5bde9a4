#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { FINE, LOW };

/* What glucose will be in twenty minutes. */
int judge(const feature *features);

#endif
