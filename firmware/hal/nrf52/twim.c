/* The I2C buses: one transfer at a time on each, by EasyDMA. */
#include "nrf52.h"

static const struct {
    uint32_t scl, sda;
    unsigned interrupt;
} wired[TWIM_COUNT] = {
    [TWIM_SENSORS] = {BOARD_SENSORS_SCL, BOARD_SENSORS_SDA, IRQ_TWIM0_SPIM0},
    [TWIM_BREAKOUTS] = {BOARD_BREAKOUTS_SCL, BOARD_BREAKOUTS_SDA, IRQ_TWIM1_SPIM1},
};
static struct {
    void (*finished)(bool acknowledged);
    bool failed;
} state[TWIM_COUNT];

static void handle(enum twim_bus bus)
{
    if (TWIM_EVENTS_ERROR(bus)) {
        event_clear(&TWIM_EVENTS_ERROR(bus));
        TWIM_ERRORSRC(bus) = TWIM_ERRORSRC(bus);
        state[bus].failed = true;
        TWIM_TASKS_STOP(bus) = 1;
    }
    if (TWIM_EVENTS_STOPPED(bus)) {
        event_clear(&TWIM_EVENTS_STOPPED(bus));
        state[bus].finished(!state[bus].failed);
    }
}

void TWIM0_SPIM0_IRQHandler(void)
{
    handle(TWIM_SENSORS);
}

void TWIM1_SPIM1_IRQHandler(void)
{
    handle(TWIM_BREAKOUTS);
}

void twim_on(enum twim_bus bus)
{
    GPIO_PIN_CNF(wired[bus].scl) = PIN_CNF_OPEN_DRAIN;
    GPIO_PIN_CNF(wired[bus].sda) = PIN_CNF_OPEN_DRAIN;
    TWIM_PSEL_SCL(bus) = wired[bus].scl;
    TWIM_PSEL_SDA(bus) = wired[bus].sda;
    TWIM_FREQUENCY(bus) = TWIM_FREQUENCY_400K;
    TWIM_INTENSET(bus) = TWIM_INT_STOPPED | TWIM_INT_ERROR;
    irq_enable(wired[bus].interrupt);
    TWIM_ENABLE(bus) = TWIM_ENABLE_ENABLED;
}

void twim_off(enum twim_bus bus)
{
    TWIM_ENABLE(bus) = 0;
    GPIO_PIN_CNF(wired[bus].scl) = PIN_CNF_DISCONNECTED;
    GPIO_PIN_CNF(wired[bus].sda) = PIN_CNF_DISCONNECTED;
}

void twim_transfer(enum twim_bus bus, uint32_t address, const uint8_t *sent, size_t n_sent, uint8_t *received,
                   size_t n_received, void (*done)(bool acknowledged))
{
    state[bus].finished = done;
    state[bus].failed = false;
    TWIM_ADDRESS(bus) = address;
    TWIM_TXD_PTR(bus) = (uint32_t)(uintptr_t)sent;
    TWIM_TXD_MAXCNT(bus) = (uint32_t)n_sent;
    TWIM_RXD_PTR(bus) = (uint32_t)(uintptr_t)received;
    TWIM_RXD_MAXCNT(bus) = (uint32_t)n_received;
    TWIM_SHORTS(bus) =
        n_received ? TWIM_SHORTS_LASTTX_STARTRX | TWIM_SHORTS_LASTRX_STOP : TWIM_SHORTS_LASTTX_STOP;
    dma_reads_memory();
    TWIM_TASKS_STARTTX(bus) = 1;
}
