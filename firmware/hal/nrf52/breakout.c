/* Registers of a part on the header's I2C bus, one access at a time. */
#include "nrf52.h"

static uint8_t command[2]; /* EasyDMA reads RAM only */
static volatile bool busy, acknowledged;

static void done(bool ok)
{
    acknowledged = ok;
    busy = false;
}

static bool transfer(uint32_t address, size_t n_sent, uint8_t *into, size_t count)
{
    busy = true;
    twim_on(TWIM_BREAKOUTS);
    twim_transfer(TWIM_BREAKOUTS, address, command, n_sent, into, count, done);
    while (busy)
        hal_sleep();
    twim_off(TWIM_BREAKOUTS);
    return acknowledged;
}

bool breakout_read(uint32_t address, uint8_t first, uint8_t *into, size_t count)
{
    command[0] = first;
    return transfer(address, 1, into, count);
}

bool breakout_write(uint32_t address, uint8_t reg, uint8_t value)
{
    command[0] = reg;
    command[1] = value;
    return transfer(address, 2, NULL, 0);
}
