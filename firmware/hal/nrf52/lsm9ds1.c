#include "lsm9ds1.h"

struct choice {
    uint32_t value;
    uint8_t code;
    uint32_t step;
};

/* CTRL_REG6_XL and CTRL_REG1_G: lsm9ds1_reg.h:1007-1050; steps: lsm9ds1_reg.c:102-135 */
static const struct choice rates[] = {
    {10000, 1, 0}, {50000, 2, 0}, {119000, 3, 0}, {238000, 4, 0}, {476000, 5, 0}, {952000, 6, 0}};
static const struct choice rates_with_gyroscope[] = {
    {14900, 1, 0}, {59500, 2, 0}, {119000, 3, 0}, {238000, 4, 0}, {476000, 5, 0}, {952000, 6, 0}};
static const struct choice accelerations[] = {{2, 0, 61}, {4, 2, 122}, {8, 3, 244}, {16, 1, 732}};
static const struct choice rotations[] = {{245, 0, 8750}, {500, 1, 17500}, {2000, 3, 70000}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct choice *find(const struct choice *choices, size_t count, uint32_t value)
{
    for (size_t i = 0; i < count; i++)
        if (choices[i].value == value)
            return &choices[i];
    return NULL;
}

bool lsm9ds1_plan(const hal_imu_config *config, lsm9ds1_setup *setup)
{
    bool gyroscope = config->rotation_dps != 0;
    const struct choice *rate = gyroscope
                                    ? find(rates_with_gyroscope, COUNT(rates_with_gyroscope), config->rate_mhz)
                                    : find(rates, COUNT(rates), config->rate_mhz);
    const struct choice *acceleration = find(accelerations, COUNT(accelerations), config->acceleration_g);
    const struct choice *rotation = gyroscope ? find(rotations, COUNT(rotations), config->rotation_dps) : NULL;
    if (!rate || !acceleration || (gyroscope && !rotation))
        return false;

    uint8_t odr = (uint8_t)(rate->code << 5);
    uint8_t bandwidth = rate->code < 3 ? 0x07 : 0x00; /* 50 Hz, where the part would choose 408 */
    const uint8_t writes[6][2] = {
        {LSM9DS1_CTRL_REG8, 0x44},                        /* whole words only; bursts move on */
        {LSM9DS1_FIFO_CTRL, 0xC0},                        /* the newest 32 samples */
        {LSM9DS1_CTRL_REG9, 0x02},                        /* FIFO on */
        {LSM9DS1_CTRL_REG3_G, gyroscope ? 0x80 : 0x00},   /* low power, where the rate allows it */
        {LSM9DS1_CTRL_REG6_XL, (uint8_t)(odr | acceleration->code << 3 | bandwidth)},
        {LSM9DS1_CTRL_REG1_G, gyroscope ? (uint8_t)(odr | rotation->code << 3) : (uint8_t)0},
    };
    for (size_t i = 0; i < COUNT(writes); i++) {
        setup->writes[i][0] = writes[i][0];
        setup->writes[i][1] = writes[i][1];
    }
    setup->acceleration_ug = acceleration->step;
    setup->rotation_udps = gyroscope ? rotation->step : 0;
    return true;
}
