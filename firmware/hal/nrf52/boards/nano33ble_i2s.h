/* A Nano 33 BLE Sense with an I2S microphone on a breakout, which takes the place of its own. */
#include "nano33ble_sense.h"

#define BOARD_I2S_MICROPHONE_SCK PIN(1u, 11u)
#define BOARD_I2S_MICROPHONE_WS PIN(1u, 12u)
#define BOARD_I2S_MICROPHONE_SD PIN(1u, 15u)
