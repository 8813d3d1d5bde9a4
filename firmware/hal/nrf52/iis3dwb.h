/* ST IIS3DWB: registers that vibration.c uses. ST's driver iis3dwb-pid, iis3dwb_reg.h. */
#ifndef COINCELL_IIS3DWB_H
#define COINCELL_IIS3DWB_H

enum {
    IIS3DWB_READ = 0x80,
    IIS3DWB_ID = 0x7B,
    IIS3DWB_BOOT_US = 10000, /* AN5444: from power-up until registers can be used */
    IIS3DWB_WORD = 7,        /* of the FIFO: a tag and three axes [bytes] */

    IIS3DWB_FIFO_CTRL1 = 0x07, /* threshold, bits 0 to 7; bit 8 in FIFO_CTRL2 */
    IIS3DWB_FIFO_CTRL2 = 0x08,
    IIS3DWB_FIFO_CTRL3 = 0x09,
    IIS3DWB_FIFO_CTRL4 = 0x0A,
    IIS3DWB_INT1_CTRL = 0x0D,
    IIS3DWB_WHO_AM_I = 0x0F,
    IIS3DWB_CTRL1_XL = 0x10,
    IIS3DWB_FIFO_DATA = 0x78, /* reading goes round over a word */

    IIS3DWB_FIFO_EVERY = 0x0A,      /* FIFO_CTRL3: each sample */
    IIS3DWB_FIFO_BYPASS = 0,        /* FIFO_CTRL4 */
    IIS3DWB_FIFO_CONTINUOUS = 6,
    IIS3DWB_INT1_THRESHOLD = 8,
    IIS3DWB_ON = 0xA0,              /* CTRL1_XL: 26.667 kHz; full scale in bits 2 and 3 */
};

#endif
