/* A Nano 33 BLE Sense with breakouts: platforms/boards/nano33ble_body.toml says where each is wired. */
#include "nano33ble_sense.h"

#define BOARD_ECG_OUT PIN(0u, 4u)
#define BOARD_ECG_ENABLE PIN(1u, 13u)
#define BOARD_GLUCOSE_OUT PIN(0u, 5u)
#define BOARD_PPG_INTERRUPT PIN(1u, 11u)
