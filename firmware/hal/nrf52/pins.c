/* The header's pins. A watched pin senses the level that it has not: the PORT event that comes of it needs no
 * clock while the pin rests (a GPIOTE channel in event mode keeps one running: PS 6.10, "Power consumption"). */
#include "nrf52.h"

static const uint8_t pins[HAL_PIN_COUNT] = BOARD_PINS;
static hal_pin_callback callbacks[HAL_PIN_COUNT];

static uint32_t input_with(enum hal_pull pull)
{
    static const uint32_t settings[] = {0, PIN_CNF_PULL_DOWN, PIN_CNF_PULL_UP};

    return PIN_CNF_INPUT | settings[pull];
}

static bool is_high(uint32_t pin)
{
    return (GPIO_IN(pin) & PIN_MASK(pin)) != 0;
}

/* Wait for the other level. Should the pin change before that takes effect, its latch is set at once. */
static bool sense_change(uint32_t pin)
{
    uint32_t setting = GPIO_PIN_CNF(pin) & ~PIN_CNF_SENSE_LOW;
    bool high = is_high(pin);

    GPIO_PIN_CNF(pin) = setting | (high ? PIN_CNF_SENSE_LOW : PIN_CNF_SENSE_HIGH);
    GPIO_LATCH(pin) = PIN_MASK(pin);
    return high;
}

void GPIOTE_IRQHandler(void)
{
    bool again;

    event_clear(&GPIOTE_EVENTS_PORT);
    do {
        again = false;
        for (unsigned i = 0; i < HAL_PIN_COUNT; i++) {
            uint32_t pin = pins[i];
            if (!callbacks[i] || !(GPIO_LATCH(pin) & PIN_MASK(pin)))
                continue;
            bool high = sense_change(pin);
            callbacks[i]((enum hal_pin)i, high);
            again = true;
        }
    } while (again);
}

static void set_up(enum hal_pin pin, uint32_t setting)
{
    callbacks[pin] = NULL;
    GPIO_PIN_CNF(pins[pin]) = setting;
    GPIO_LATCH(pins[pin]) = PIN_MASK(pins[pin]);
}

void hal_pin_write(enum hal_pin pin, bool high)
{
    if (high)
        GPIO_OUTSET(pins[pin]) = PIN_MASK(pins[pin]);
    else
        GPIO_OUTCLR(pins[pin]) = PIN_MASK(pins[pin]);
    set_up(pin, PIN_CNF_OUTPUT);
}

void hal_pin_input(enum hal_pin pin, enum hal_pull pull)
{
    set_up(pin, input_with(pull));
}

bool hal_pin_read(enum hal_pin pin)
{
    return is_high(pins[pin]);
}

void hal_pin_release(enum hal_pin pin)
{
    set_up(pin, PIN_CNF_DISCONNECTED);
}

void hal_pin_watch(enum hal_pin pin, enum hal_pull pull, hal_pin_callback on_change)
{
    set_up(pin, input_with(pull));
    GPIO_DETECTMODE(pins[pin]) = GPIO_DETECTMODE_LDETECT;
    uint32_t masked = irq_save();
    sense_change(pins[pin]);
    callbacks[pin] = on_change;
    irq_restore(masked);
    GPIOTE_INTENSET = GPIOTE_INT_PORT;
    irq_enable(IRQ_GPIOTE);
}
