/* ST LSM6DSO: registers that motion.c uses. ST's driver lsm6dso-pid, lsm6dso_reg.h. */
#ifndef COINCELL_LSM6DSO_H
#define COINCELL_LSM6DSO_H

enum {
    LSM6DSO_ADDRESS = 0x6A,
    LSM6DSO_ID = 0x6C,
    LSM6DSO_BOOT_US = 10000, /* AN5192: from power-up until registers can be used */
    LSM6DSO_WORD = 7,        /* of the FIFO: a tag and three axes [bytes] */

    LSM6DSO_FIFO_CTRL1 = 0x07, /* threshold */
    LSM6DSO_FIFO_CTRL2 = 0x08,
    LSM6DSO_FIFO_CTRL3 = 0x09, /* rate of acceleration in the FIFO, coded as in CTRL1_XL */
    LSM6DSO_FIFO_CTRL4 = 0x0A,
    LSM6DSO_WHO_AM_I = 0x0F,
    LSM6DSO_CTRL1_XL = 0x10, /* rate in bits 4 to 7, full scale in bits 2 and 3 */
    LSM6DSO_CTRL6_C = 0x15,
    LSM6DSO_WAKE_UP_SRC = 0x1B,
    LSM6DSO_FIFO_STATUS1 = 0x3A, /* words in the FIFO, bits 0 to 7 */
    LSM6DSO_TAP_CFG0 = 0x56,
    LSM6DSO_TAP_CFG2 = 0x58,
    LSM6DSO_WAKE_UP_THS = 0x5B,
    LSM6DSO_WAKE_UP_DUR = 0x5C,
    LSM6DSO_MD1_CFG = 0x5E,
    LSM6DSO_FIFO_DATA = 0x78, /* reading goes round over a word */

    LSM6DSO_FIFO_BYPASS = 0,          /* FIFO_CTRL4 */
    LSM6DSO_FIFO_CONTINUOUS = 6,
    LSM6DSO_STOP_ON_THRESHOLD = 0x80, /* FIFO_CTRL2: the threshold is the depth */
    LSM6DSO_LOW_POWER = 0x10,         /* CTRL6_C, XL_HM_MODE */
    LSM6DSO_LATCHED = 0x01,           /* TAP_CFG0: WAKE_UP_SRC holds until it is read */
    LSM6DSO_INTERRUPTS = 0x80,        /* TAP_CFG2 */
    LSM6DSO_WAKE_FINE = 0x10,         /* WAKE_UP_DUR: a step of WAKE_UP_THS is full scale / 256 */
    LSM6DSO_WAKE_ON_INT1 = 0x20,      /* MD1_CFG */
    LSM6DSO_WOKEN = 0x08,             /* WAKE_UP_SRC */
};

#endif
