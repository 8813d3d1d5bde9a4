#include "stm32.h"

#define USART BOARD_CONSOLE_USART
#define BAUD 115200u

static const char *volatile next;
static const char *end;
static volatile bool sent;

void BOARD_CONSOLE_HANDLER(void)
{
    uint32_t status = USART_ISR(USART);
    if (next != end) {
        if (!(status & USART_TXE))
            return;
        USART_TDR(USART) = (uint8_t)*next++;
        if (next == end) /* writing TDR cleared TC: it rises when the last bit is on the wire */
            USART_CR1(USART) = USART_CR1_UE | USART_CR1_TE | USART_TC;
    } else if (status & USART_TC) {
        USART_CR1(USART) = USART_CR1_UE | USART_CR1_TE;
        sent = true;
    }
    (void)USART_CR1(USART); /* the line has fallen before the handler returns */
}

static void pin_on(void)
{
    uint32_t masked = port_open(BOARD_CONSOLE_TX);
    unsigned number = PIN_NUMBER(BOARD_CONSOLE_TX);
    pin_field(&GPIO_PUPDR(BOARD_CONSOLE_TX), number, 2, GPIO_PULL_UP); /* the line idles high */
    pin_field(&GPIO_AFR(BOARD_CONSOLE_TX), number & 7u, 4, BOARD_CONSOLE_FUNCTION);
    pin_field(&GPIO_MODER(BOARD_CONSOLE_TX), number, 2, GPIO_MODE_ALTERNATE);
    port_close(BOARD_CONSOLE_TX, masked);
}

void hal_console_write(const char *text, size_t length)
{
    if (length == 0)
        return;
    apb1_clock(BOARD_CONSOLE_CLOCK, true);
    pin_on();
    next = text;
    end = text + length;
    sent = false;
    USART_BRR(USART) = (HSI16_HZ + BAUD / 2u) / BAUD;
    irq_enable(BOARD_CONSOLE_IRQ);
    USART_CR1(USART) = USART_CR1_UE | USART_CR1_TE | USART_TXE; /* 8N1, no flow control */
    while (!sent)
        hal_sleep();
    USART_CR1(USART) = 0;
    apb1_clock(BOARD_CONSOLE_CLOCK, false);
}
