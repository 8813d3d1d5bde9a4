/* From many answers to few: what counts as an event, and which class holds. Times are in updates. */
#ifndef SENSE_DECISION_H
#define SENSE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

enum { SENSE_RECENT = 16, SENSE_NO_CLASS = -1 };

/* An event, when at least `need` of the last `of` answers (at most 32) were yes. */
typedef struct {
    uint8_t need, of;
    uint16_t refractory; /* updates after an event in which there is none other */
    uint16_t quiet;      /* of these, those that are left */
    uint32_t recent;     /* answers, the last in bit 0 */
} sense_detector;

/* Take an answer; true at an event. */
bool sense_detect(sense_detector *state, bool yes);

/* On from an event until `hold` updates after the last one. */
typedef struct {
    uint16_t hold, left;
} sense_holder;

/* Take whether there was an event; true as long as it holds, with the update of the event. */
bool sense_hold(sense_holder *state, bool event);

/* The class with the highest of `count` scores, as a network gives them; of equal ones the first. */
int sense_highest(const int8_t *scores, int count);

/* The mean of the last `of` scores (at most SENSE_RECENT), rounded down; before there were any, they were 0. */
typedef struct {
    uint8_t of, next;
    uint8_t recent[SENSE_RECENT];
} sense_smoother;

uint8_t sense_smooth(sense_smoother *state, uint8_t score);

/* The class that holds: changes to a class that at least `need` of the last `of` answers (at most SENSE_RECENT)
 * name. With `need` above half of `of` no two can. */
typedef struct {
    uint8_t need, of, next;
    uint8_t recent[SENSE_RECENT]; /* class + 1; 0: no answer yet */
    uint8_t holds;                /* the same */
} sense_vote;

/* Take an answer, a class from 0 to 254; the class that holds, SENSE_NO_CLASS before one does. */
int sense_elect(sense_vote *state, int class_number);

#endif
