#include "queue.h"

#include <stddef.h>
#include <string.h>

static void *item_at(const sense_queue *queue, uint32_t place)
{
    uint32_t index = place < queue->count ? place : place - queue->count;
    return (uint8_t *)queue->items + index * queue->size;
}

static uint16_t next(const sense_queue *queue, uint32_t place)
{
    return (uint16_t)(place + 1 == 2u * queue->count ? 0 : place + 1);
}

bool sense_queue_put(sense_queue *queue, const void *item)
{
    uint32_t in = queue->in, out = queue->out;
    if (in == out + queue->count || out == in + queue->count) {
        queue->lost++;
        return false;
    }
    memcpy(item_at(queue, in), item, queue->size);
    __atomic_signal_fence(__ATOMIC_RELEASE); /* the item before the place that tells of it */
    queue->in = next(queue, in);
    return true;
}

void *sense_queue_front(const sense_queue *queue)
{
    uint32_t out = queue->out;
    if (out == queue->in)
        return NULL;
    __atomic_signal_fence(__ATOMIC_ACQUIRE);
    return item_at(queue, out);
}

void sense_queue_drop(sense_queue *queue)
{
    __atomic_signal_fence(__ATOMIC_RELEASE); /* what was read of the item, before its room is given back */
    queue->out = next(queue, queue->out);
}
