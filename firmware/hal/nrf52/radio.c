/* Bluetooth LE advertising straight from the RADIO block, no stack.
 * Numbers of the air interface: Bluetooth Core Specification 5.4, Vol 6 Part B, 1.4.1 (channels),
 * 2.1.2 (access address), 2.3 (advertising PDUs), 3.1.1 (CRC), 3.2 (whitening). */
#include "nrf52.h"

#define ADVERTISING_PREFIX 0x8Eu /* of access address 0x8E89BED6 */
#define ADVERTISING_BASE 0x89BED600u
#define HEADER_ADV_NONCONN_IND 0x42u /* type 2, TxAdd: our address is random */
#define ADDRESS_LENGTH 6u

struct channel {
    uint8_t index;
    uint8_t frequency; /* MHz above 2400 */
};

static const struct channel channels[] = {{37, 2}, {38, 26}, {39, 80}};

static volatile bool done;

void RADIO_IRQHandler(void)
{
    event_clear(&RADIO_EVENTS_DISABLED);
    done = true;
}

static void configure(const uint8_t *packet)
{
    RADIO_POWER = 1;
    RADIO_MODE = RADIO_MODE_BLE_1MBIT;
    RADIO_TXPOWER = RADIO_TXPOWER_0DBM;
    RADIO_PREFIX0 = ADVERTISING_PREFIX;
    RADIO_BASE0 = ADVERTISING_BASE;
    RADIO_TXADDRESS = 0;
    RADIO_PCNF0 = (8u << 0) | (1u << 8);               /* LENGTH of 8 bits, S0 of one byte */
    RADIO_PCNF1 = 37u | (3u << 16) | (1u << 25);       /* at most 37 bytes, 3 + 1 address bytes, whitened */
    RADIO_CRCCNF = 3u | (1u << 8);                     /* three bytes, the address left out */
    RADIO_CRCPOLY = 0x65Bu;                            /* x^24 is implied */
    RADIO_CRCINIT = 0x555555u;
    RADIO_PACKETPTR = (uint32_t)(uintptr_t)packet;
    RADIO_SHORTS = RADIO_SHORTS_READY_START | RADIO_SHORTS_END_DISABLE;
    event_clear(&RADIO_EVENTS_DISABLED);
    RADIO_INTENSET = RADIO_INT_DISABLED;
    irq_enable(IRQ_RADIO);
}

bool hal_radio_advertise(const uint8_t *payload, size_t length)
{
    static uint8_t packet[2 + ADDRESS_LENGTH + HAL_RADIO_PAYLOAD_MAX];

    if (length > HAL_RADIO_PAYLOAD_MAX)
        return false;
    uint32_t low = FICR_DEVICEADDR0, high = FICR_DEVICEADDR1;
    packet[0] = HEADER_ADV_NONCONN_IND;
    packet[1] = (uint8_t)(ADDRESS_LENGTH + length);
    for (unsigned i = 0; i < 4; i++)
        packet[2 + i] = (uint8_t)(low >> (8 * i));
    packet[6] = (uint8_t)high;
    packet[7] = (uint8_t)(high >> 8) | 0xC0u; /* a static random address has its top bits set */
    for (size_t i = 0; i < length; i++)
        packet[8 + i] = payload[i];

    clock_hfxo_request();
    configure(packet);
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        RADIO_FREQUENCY = channels[i].frequency;
        RADIO_DATAWHITEIV = channels[i].index;
        done = false;
        dma_reads_memory();
        RADIO_TASKS_TXEN = 1;
        while (!done)
            hal_sleep();
    }
    RADIO_POWER = 0;
    clock_hfxo_release();
    return true;
}
