/* ST LSM9DS1: what imu.c asks of it. Registers: ST's driver lsm9ds1-pid, lsm9ds1_reg.h. */
#ifndef COINCELL_LSM9DS1_H
#define COINCELL_LSM9DS1_H

#include "nrf52.h"

enum {
    LSM9DS1_ADDRESS = 0x6B,
    LSM9DS1_ID = 0x68,
    LSM9DS1_FIFO_DEPTH = 32,
    LSM9DS1_BOOT_US = 15000, /* 10 ms, as ST states for its successors, and half as much again */

    LSM9DS1_WHO_AM_I = 0x0F,
    LSM9DS1_CTRL_REG1_G = 0x10,
    LSM9DS1_CTRL_REG3_G = 0x12,
    LSM9DS1_OUT_X_L_G = 0x18,
    LSM9DS1_CTRL_REG6_XL = 0x20,
    LSM9DS1_CTRL_REG8 = 0x22,
    LSM9DS1_CTRL_REG9 = 0x23,
    LSM9DS1_OUT_X_L_XL = 0x28,
    LSM9DS1_FIFO_CTRL = 0x2E,
    LSM9DS1_FIFO_SRC = 0x2F,

    LSM9DS1_FIFO_SRC_LEVEL = 0x3F,
    LSM9DS1_FIFO_SRC_OVERRUN = 0x40,
};

/* Register and value, in the order of writing. */
typedef struct {
    uint8_t writes[6][2];
    uint32_t acceleration_ug; /* one step [millionths of a g] */
    uint32_t rotation_udps;
} lsm9ds1_setup;

/* What to write for `config`; false where the part cannot do that. */
bool lsm9ds1_plan(const hal_imu_config *config, lsm9ds1_setup *setup);

#endif
