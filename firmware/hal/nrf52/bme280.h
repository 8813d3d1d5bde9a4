/* Bosch BME280: registers, and what its counts mean. Data sheet BST-BME280-DS002. */
#ifndef COINCELL_BME280_H
#define COINCELL_BME280_H

#include "hal.h"

enum {
    BME280_ADDRESS = 0x76,
    BME280_CHIP_ID = 0x60,
    BME280_START_US = 2000,   /* from power-up until it answers, at most: table 1 */
    BME280_MEASURE_US = 9300, /* all three once, at most: appendix 9.1 */

    BME280_CALIBRATION = 0x88, /* and 25 bytes on; 7 more from 0xE1 */
    BME280_ID = 0xD0,
    BME280_CALIBRATION_H = 0xE1,
    BME280_CTRL_HUM = 0xF2,
    BME280_STATUS = 0xF3,
    BME280_CTRL_MEAS = 0xF4,
    BME280_DATA = 0xF7,

    BME280_N_CALIBRATION = 26,
    BME280_N_CALIBRATION_H = 7,
    BME280_N_DATA = 8,
    BME280_STATUS_MEASURING = 8,
    BME280_ONCE = 1,           /* oversampling x1, in CTRL_HUM */
    BME280_FORCED_ONCE = 0x25, /* x1 of temperature and of pressure; then sleep */
};

typedef struct {
    int32_t t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, h1, h2, h3, h4, h5, h6;
} bme280_calibration;

/* From the bytes of both areas. False when they cannot be a part's. */
bool bme280_calibrate(const uint8_t *low, const uint8_t *high, bme280_calibration *calibration);

/* From the eight bytes at BME280_DATA. */
void bme280_convert(const bme280_calibration *calibration, const uint8_t *data, hal_air *air);

#endif
