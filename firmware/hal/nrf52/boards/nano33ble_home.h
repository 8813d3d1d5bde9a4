/* A Nano 33 BLE Sense with breakouts: platforms/boards/nano33ble_home.toml says where each is wired. */
#include "nano33ble_sense.h"

#define BOARD_PIR_OUT PIN(0u, 4u)
#define BOARD_PIR_SWITCH PIN(1u, 12u)
#define BOARD_SMOKE_OUT PIN(0u, 5u)
#define BOARD_SMOKE_LED PIN(1u, 15u)
#define BOARD_PRESSURE_OUT PIN(0u, 30u)
#define BOARD_PRESSURE_POWER PIN(1u, 14u)
#define BOARD_DOOR PIN(0u, 23u)
#define BOARD_THERMAL_INTERRUPT PIN(1u, 11u)
