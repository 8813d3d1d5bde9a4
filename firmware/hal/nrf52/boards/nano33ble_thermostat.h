/* A Nano 33 BLE Sense with parts on its header: platforms/boards/nano33ble_thermostat.toml says where each is wired. */
#include "nano33ble_sense.h"
