/* From a sensor's interrupt to the app's loop: what is sampled waits in a queue, and the core sleeps while there is
 * nothing. `config` is that of hal.h, whose callback is left out; false where hal.h says so. */
#ifndef SAMPLING_H
#define SAMPLING_H

#include "hal.h"
#include "queue.h"

bool sampling_imu_start(const hal_imu_config *config, sense_queue *samples);            /* of hal_imu_sample */
bool sampling_analog_start(const hal_analog_config *config, sense_queue *readings);     /* of int16_t */
bool sampling_microphone_start(const hal_microphone_config *config, sense_queue *buffers);
bool sampling_vibration_start(const hal_vibration_config *config, sense_queue *batches); /* of config->batch samples */

/* The oldest item; sleeps until there is one. It stays until sense_queue_drop. */
void *sampling_wait(const sense_queue *queue);

/* After the sensor was stopped: drop all that still waits. */
void sampling_discard(sense_queue *queue);

/* A line "lost" with how many items found no room, when there were some since the last call. */
void sampling_tell_lost(sense_queue *queue);

#endif
