#include "nrf52.h"

static volatile bool sent;

void UARTE0_IRQHandler(void)
{
    event_clear(&UARTE0_EVENTS_ENDTX);
    sent = true;
}

static void send(const uint8_t *bytes, size_t count)
{
    sent = false;
    UARTE0_TXD_PTR = (uint32_t)(uintptr_t)bytes;
    UARTE0_TXD_MAXCNT = (uint32_t)count;
    dma_reads_memory();
    UARTE0_TASKS_STARTTX = 1;
    while (!sent)
        hal_sleep();
}

void hal_console_write(const char *text, size_t length)
{
    static uint8_t buffer[64]; /* EasyDMA reads RAM only; texts are mostly in flash */

    if (length == 0)
        return;
    GPIO_OUTSET(BOARD_CONSOLE_TX) = PIN_MASK(BOARD_CONSOLE_TX); /* the line idles high */
    GPIO_DIRSET(BOARD_CONSOLE_TX) = PIN_MASK(BOARD_CONSOLE_TX);
    UARTE0_PSEL_TXD = BOARD_CONSOLE_TX;
    UARTE0_BAUDRATE = UARTE_BAUDRATE_115200;
    UARTE0_CONFIG = 0; /* 8N1, no flow control */
    UARTE0_ENABLE = UARTE_ENABLE_ENABLED;
    event_clear(&UARTE0_EVENTS_ENDTX);
    event_clear(&UARTE0_EVENTS_TXSTOPPED);
    UARTE0_INTENSET = UARTE_INT_ENDTX;
    irq_enable(IRQ_UARTE0);

    while (length) {
        size_t count = length < sizeof buffer ? length : sizeof buffer;
        for (size_t i = 0; i < count; i++)
            buffer[i] = (uint8_t)text[i];
        send(buffer, count);
        text += count;
        length -= count;
    }

    /* Without STOPTX the transmitter keeps the clocks awake (Product Specification v1.7, 6.34.2). */
    UARTE0_TASKS_STOPTX = 1;
    while (!UARTE0_EVENTS_TXSTOPPED) {
    }
    UARTE0_ENABLE = 0;
}
