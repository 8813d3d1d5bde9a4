/* Which scene is it? Answered by the model, by a plain rule, or, while the app is trained, by nobody. */
#ifndef JUDGE_H
#define JUDGE_H

#include "features.h"

enum scene { QUIET, TALK, MUSIC, STREET, WIND, MACHINE, SCENES };

/* What `features`, FEATURES of them, sound like. */
__attribute__((noinline)) int judge(const feature *features);

#endif
