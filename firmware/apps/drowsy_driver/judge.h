#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { AWAKE, NOD };

/* Whether the head that leans forward has just sunk there, as of somebody who nods off. */
int judge(const feature *features);

#endif
