/* A Nano 33 BLE Sense with a breakout: platforms/boards/nano33ble_ecg.toml says where it is wired. */
#include "nano33ble_sense.h"
