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

/* I2C breakouts: A4 and A5 of the header, which have their own pull-up resistors */
#define BOARD_BREAKOUTS_SDA PIN(0u, 31u)
#define BOARD_BREAKOUTS_SCL PIN(0u, 2u)

/* pin, and whether a high level lights it (the RGB LED's anode is at the supply) */
#define BOARD_LEDS                                                                                        \
    {                                                                                                     \
        [HAL_LED_BUILTIN] = {PIN(0u, 13u), true}, [HAL_LED_RED] = {PIN(0u, 24u), false},                  \
        [HAL_LED_GREEN] = {PIN(0u, 16u), false}, [HAL_LED_BLUE] = {PIN(0u, 6u), false},                   \
    }

/* the header, as printed on the board */
#define BOARD_PINS                                                                                        \
    {                                                                                                     \
        [HAL_PIN_D2] = PIN(1u, 11u), [HAL_PIN_D3] = PIN(1u, 12u), [HAL_PIN_D4] = PIN(1u, 15u),            \
        [HAL_PIN_D5] = PIN(1u, 13u), [HAL_PIN_D6] = PIN(1u, 14u), [HAL_PIN_D7] = PIN(0u, 23u),            \
        [HAL_PIN_D8] = PIN(0u, 21u), [HAL_PIN_D9] = PIN(0u, 27u), [HAL_PIN_D10] = PIN(1u, 2u),            \
        [HAL_PIN_D11] = PIN(1u, 1u), [HAL_PIN_D12] = PIN(1u, 8u), [HAL_PIN_A0] = PIN(0u, 4u),             \
        [HAL_PIN_A1] = PIN(0u, 5u),  [HAL_PIN_A2] = PIN(0u, 30u), [HAL_PIN_A3] = PIN(0u, 29u),            \
        [HAL_PIN_A4] = PIN(0u, 31u), [HAL_PIN_A5] = PIN(0u, 2u),  [HAL_PIN_A6] = PIN(0u, 28u),            \
        [HAL_PIN_A7] = PIN(0u, 3u),                                                                       \
    }

/* the chip's analog input at each; PS 7.1 "Pin assignments": AIN0 to AIN3 are P0.02 to P0.05, AIN4 to AIN7
 * are P0.28 to P0.31 */
#define BOARD_ANALOG_INPUTS                                                                               \
    {                                                                                                     \
        [HAL_ANALOG_A0] = AIN(2u), [HAL_ANALOG_A1] = AIN(3u), [HAL_ANALOG_A2] = AIN(6u),                  \
        [HAL_ANALOG_A3] = AIN(5u), [HAL_ANALOG_A4] = AIN(7u), [HAL_ANALOG_A5] = AIN(0u),                  \
        [HAL_ANALOG_A6] = AIN(4u), [HAL_ANALOG_A7] = AIN(1u),                                             \
    }
