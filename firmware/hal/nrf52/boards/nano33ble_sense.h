/* Arduino Nano 33 BLE Sense (ABX00031): which pin does what.
 * Arduino mbed core, variants/ARDUINO_NANO33BLE/variant.cpp and pins_arduino.h. */
#define BOARD_CONSOLE_TX PIN(1u, 3u)
#define BOARD_MICROPHONE_POWER PIN(0u, 17u)
#define BOARD_MICROPHONE_CLOCK PIN(0u, 26u)
#define BOARD_MICROPHONE_DATA PIN(0u, 25u)

/* sensors on I2C: supply, pull-up resistors, bus; the LSM9DS1's interrupt pins are not connected */
#define BOARD_SENSORS_POWER PIN(0u, 22u)
#define BOARD_SENSORS_PULL PIN(1u, 0u)
#define BOARD_SENSORS_SDA PIN(0u, 14u)
#define BOARD_SENSORS_SCL PIN(0u, 15u)

/* pin, and whether a high level lights it (the RGB LED's anode is at the supply) */
#define BOARD_LEDS                                                                                        \
    {                                                                                                     \
        [HAL_LED_BUILTIN] = {PIN(0u, 13u), true}, [HAL_LED_RED] = {PIN(0u, 24u), false},                  \
        [HAL_LED_GREEN] = {PIN(0u, 16u), false}, [HAL_LED_BLUE] = {PIN(0u, 6u), false},                   \
    }
