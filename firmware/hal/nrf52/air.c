/* A BME280 among the breakouts: asleep but for single measurements. */
#include "bme280.h"
#include "nrf52.h"

static bme280_calibration calibration;
static bool found;

static bool find(void)
{
    static uint8_t id, low[BME280_N_CALIBRATION], high[BME280_N_CALIBRATION_H];

    hal_sleep_until(BME280_START_US);
    return breakout_read(BME280_ADDRESS, BME280_ID, &id, 1) && id == BME280_CHIP_ID &&
           breakout_read(BME280_ADDRESS, BME280_CALIBRATION, low, sizeof low) &&
           breakout_read(BME280_ADDRESS, BME280_CALIBRATION_H, high, sizeof high) &&
           bme280_calibrate(low, high, &calibration);
}

bool hal_air_read(hal_air *air)
{
    static uint8_t data[BME280_N_DATA], status;

    found = found || find();
    if (!found || !breakout_write(BME280_ADDRESS, BME280_CTRL_HUM, BME280_ONCE) ||
        !breakout_write(BME280_ADDRESS, BME280_CTRL_MEAS, BME280_FORCED_ONCE))
        return false;
    hal_sleep_until(hal_time_us() + BME280_MEASURE_US);
    if (!breakout_read(BME280_ADDRESS, BME280_STATUS, &status, 1) || (status & BME280_STATUS_MEASURING) ||
        !breakout_read(BME280_ADDRESS, BME280_DATA, data, sizeof data))
        return false;
    bme280_convert(&calibration, data, air);
    return true;
}
