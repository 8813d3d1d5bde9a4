#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum { AWAY, OCCUPIED, N_CLASSES };

/* Whether somebody will be at home in three quarters of an hour. */
int judge(const feature *features);

#endif
