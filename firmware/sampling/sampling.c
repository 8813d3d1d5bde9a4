#include "sampling.h"

#include <stddef.h>

#include "say.h"

static sense_queue *of_imu, *of_analog, *of_microphone, *of_vibration;

static void on_imu(const hal_imu_sample *samples, size_t count, bool lost)
{
    of_imu->lost += lost;
    for (size_t i = 0; i < count; i++)
        sense_queue_put(of_imu, &samples[i]);
}

static void on_analog(const int16_t *readings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sense_queue_put(of_analog, &readings[i]);
}

static void on_microphone(int16_t *buffer, size_t count)
{
    (void)count; /* a buffer is an item */
    sense_queue_put(of_microphone, buffer);
}

static void on_vibration(const hal_vibration_sample *batch, size_t count)
{
    (void)count; /* a batch is an item */
    sense_queue_put(of_vibration, batch);
}

bool sampling_imu_start(const hal_imu_config *config, sense_queue *samples)
{
    hal_imu_config queued = *config;
    queued.on_samples = on_imu;
    of_imu = samples;
    return hal_imu_start(&queued);
}

bool sampling_analog_start(const hal_analog_config *config, sense_queue *readings)
{
    hal_analog_config queued = *config;
    queued.on_samples = on_analog;
    of_analog = readings;
    return hal_analog_start(&queued);
}

bool sampling_microphone_start(const hal_microphone_config *config, sense_queue *buffers)
{
    hal_microphone_config queued = *config;
    queued.on_buffer = on_microphone;
    of_microphone = buffers;
    return hal_microphone_start(&queued);
}

bool sampling_vibration_start(const hal_vibration_config *config, sense_queue *batches)
{
    hal_vibration_config queued = *config;
    queued.on_samples = on_vibration;
    of_vibration = batches;
    return hal_vibration_start(&queued);
}

void *sampling_wait(const sense_queue *queue)
{
    void *oldest;
    while ((oldest = sense_queue_front(queue)) == NULL)
        hal_sleep();
    return oldest;
}

void sampling_discard(sense_queue *queue)
{
    while (sense_queue_front(queue))
        sense_queue_drop(queue);
}

void sampling_tell_lost(sense_queue *queue)
{
    if (queue->lost == 0)
        return;
    sense_say("lost", (int32_t)queue->lost);
    queue->lost = 0;
}
