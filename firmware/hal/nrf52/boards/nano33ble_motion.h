/* The Nano 33 BLE Sense with motion and vibration breakouts: the pins of the board below, and the breakouts'. */
#include "nano33ble_sense.h"

#define BOARD_VIBRATION_SCK PIN(0u, 27u)
#define BOARD_VIBRATION_MOSI PIN(1u, 1u)
#define BOARD_VIBRATION_MISO PIN(1u, 8u)
#define BOARD_VIBRATION_CS PIN(1u, 2u)
#define BOARD_VIBRATION_INT1 PIN(1u, 12u)
