/* From interrupt to thread: one side puts, the other takes; neither waits. */
#ifndef SENSE_QUEUE_H
#define SENSE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    void *items;
    uint16_t size;  /* of an item [bytes] */
    uint16_t count; /* items that fit, at most 32767 */
    volatile uint16_t in, out; /* 0..2 * count - 1, so that full differs from empty */
    volatile uint32_t lost;    /* items that found no room */
} sense_queue;

/* A queue in an array: `static hal_imu_sample room[64]; static sense_queue samples = SENSE_QUEUE(room);` */
#define SENSE_QUEUE(array) {.items = (array), .size = sizeof *(array), .count = sizeof(array) / sizeof *(array)}

/* Copy an item in. False, and counted as lost, when the queue is full. */
bool sense_queue_put(sense_queue *queue, const void *item);

/* The oldest item, where it lies; null when there is none. It stays until sense_queue_drop. */
void *sense_queue_front(const sense_queue *queue);

/* Give the oldest item's room back. There must be one. */
void sense_queue_drop(sense_queue *queue);

#endif
