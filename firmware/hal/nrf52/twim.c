/* The sensors' I2C bus: one transfer at a time, by EasyDMA. */
#include "nrf52.h"

static void (*finished)(bool acknowledged);
static bool failed;

void TWIM0_SPIM0_IRQHandler(void)
{
    if (TWIM0_EVENTS_ERROR) {
        event_clear(&TWIM0_EVENTS_ERROR);
        TWIM0_ERRORSRC = TWIM0_ERRORSRC;
        failed = true;
        TWIM0_TASKS_STOP = 1;
    }
    if (TWIM0_EVENTS_STOPPED) {
        event_clear(&TWIM0_EVENTS_STOPPED);
        finished(!failed);
    }
}

void twim_on(void)
{
    GPIO_PIN_CNF(BOARD_SENSORS_SCL) = PIN_CNF_OPEN_DRAIN;
    GPIO_PIN_CNF(BOARD_SENSORS_SDA) = PIN_CNF_OPEN_DRAIN;
    TWIM0_PSEL_SCL = BOARD_SENSORS_SCL;
    TWIM0_PSEL_SDA = BOARD_SENSORS_SDA;
    TWIM0_FREQUENCY = TWIM_FREQUENCY_400K;
    TWIM0_INTENSET = TWIM_INT_STOPPED | TWIM_INT_ERROR;
    irq_enable(IRQ_TWIM0_SPIM0);
    TWIM0_ENABLE = TWIM_ENABLE_ENABLED;
}

void twim_off(void)
{
    TWIM0_ENABLE = 0;
    GPIO_PIN_CNF(BOARD_SENSORS_SCL) = PIN_CNF_DISCONNECTED;
    GPIO_PIN_CNF(BOARD_SENSORS_SDA) = PIN_CNF_DISCONNECTED;
}

void twim_transfer(uint32_t address, const uint8_t *sent, size_t n_sent, uint8_t *received,
                   size_t n_received, void (*done)(bool acknowledged))
{
    finished = done;
    failed = false;
    TWIM0_ADDRESS = address;
    TWIM0_TXD_PTR = (uint32_t)(uintptr_t)sent;
    TWIM0_TXD_MAXCNT = (uint32_t)n_sent;
    TWIM0_RXD_PTR = (uint32_t)(uintptr_t)received;
    TWIM0_RXD_MAXCNT = (uint32_t)n_received;
    TWIM0_SHORTS =
        n_received ? TWIM_SHORTS_LASTTX_STARTRX | TWIM_SHORTS_LASTRX_STOP : TWIM_SHORTS_LASTTX_STOP;
    dma_reads_memory();
    TWIM0_TASKS_STARTTX = 1;
}
