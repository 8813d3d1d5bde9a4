/* An IIS3DWB on SPI. Its INT1 says that the FIFO holds a batch; PPI then lowers the chip select and starts the
 * transfer, and raises it at the end, so that the core is woken once a batch, when all is in memory. */
#include "iis3dwb.h"
#include "nrf52.h"

#ifndef BOARD_VIBRATION_CS
#error "this board has no vibration sensor: BOARD_VIBRATION_... is missing in its header"
#endif

enum {
    BATCH_MIN = 16, /* 600 us: a transfer has ended well before the next begins */
    BATCH_MAX = HAL_VIBRATION_BATCH_MAX,
    IN = 0, SELECT = 1,            /* GPIOTE channels */
    PPI_BEGIN = 4, PPI_FINISH = 5, /* PPI channels */
};

static hal_vibration_config active;
static uint8_t command[2];
static uint8_t bytes[2][1 + IIS3DWB_WORD * BATCH_MAX];
static hal_vibration_sample samples[BATCH_MAX];
static unsigned filling;
static uint32_t step_ug;
static volatile bool streaming, stopping, busy;

static int16_t word(const uint8_t *from)
{
    return (int16_t)((uint16_t)from[0] | (uint16_t)from[1] << 8);
}

void SPIM2_IRQHandler(void)
{
    event_clear(&SPIM2_EVENTS_END);
    busy = false;
    if (!streaming)
        return;
    if (stopping) { /* the next batch is not due for long */
        GPIOTE_CONFIG(IN) = 0;
        PPI_CHENCLR = 1u << PPI_BEGIN | 1u << PPI_FINISH;
        streaming = false;
        return;
    }
    const uint8_t *from = bytes[filling] + 1;
    filling = 1u - filling;
    SPIM2_RXD_PTR = (uint32_t)(uintptr_t)bytes[filling];
    for (size_t i = 0; i < active.batch; i++, from += IIS3DWB_WORD)
        for (size_t axis = 0; axis < 3; axis++)
            samples[i].acceleration[axis] = word(from + 1 + 2 * axis);
    active.on_samples(samples, active.batch);
}

static void bus_on(void)
{
    GPIO_PIN_CNF(BOARD_VIBRATION_SCK) = PIN_CNF_OUTPUT;
    GPIO_PIN_CNF(BOARD_VIBRATION_MOSI) = PIN_CNF_OUTPUT;
    GPIO_PIN_CNF(BOARD_VIBRATION_MISO) = PIN_CNF_INPUT;
    GPIO_PIN_CNF(BOARD_VIBRATION_INT1) = PIN_CNF_INPUT;
    GPIOTE_CONFIG(SELECT) = GPIOTE_CONFIG_TASK | GPIOTE_CONFIG_PIN(BOARD_VIBRATION_CS) | GPIOTE_CONFIG_HIGH;
    SPIM2_PSEL_SCK = BOARD_VIBRATION_SCK;
    SPIM2_PSEL_MOSI = BOARD_VIBRATION_MOSI;
    SPIM2_PSEL_MISO = BOARD_VIBRATION_MISO;
    SPIM2_FREQUENCY = SPIM_FREQUENCY_8M;
    event_clear(&SPIM2_EVENTS_END);
    SPIM2_INTENSET = SPIM_INT_END;
    irq_enable(IRQ_SPIM2);
    SPIM2_ENABLE = SPIM_ENABLE_ENABLED;
}

static void bus_off(void)
{
    SPIM2_ENABLE = 0;
    GPIO_OUTSET(BOARD_VIBRATION_CS) = PIN_MASK(BOARD_VIBRATION_CS); /* deselected, as GPIOTE held it */
    GPIO_PIN_CNF(BOARD_VIBRATION_CS) = PIN_CNF_OUTPUT;
    GPIOTE_CONFIG(SELECT) = 0;
    GPIO_PIN_CNF(BOARD_VIBRATION_SCK) = PIN_CNF_DISCONNECTED;
    GPIO_PIN_CNF(BOARD_VIBRATION_MOSI) = PIN_CNF_DISCONNECTED;
    GPIO_PIN_CNF(BOARD_VIBRATION_MISO) = PIN_CNF_DISCONNECTED;
    GPIO_PIN_CNF(BOARD_VIBRATION_INT1) = PIN_CNF_DISCONNECTED;
}

static void set_up(size_t n_sent, uint8_t *received, size_t n_received)
{
    SPIM2_TXD_PTR = (uint32_t)(uintptr_t)command;
    SPIM2_TXD_MAXCNT = (uint32_t)n_sent;
    SPIM2_RXD_PTR = (uint32_t)(uintptr_t)received;
    SPIM2_RXD_MAXCNT = (uint32_t)n_received;
}

/* Thread mode: two bytes out, two in. */
static uint8_t access(uint8_t first, uint8_t second)
{
    static uint8_t back[2];

    command[0] = first;
    command[1] = second;
    set_up(2, back, 2);
    busy = true;
    dma_reads_memory();
    GPIOTE_TASKS_CLR(SELECT) = 1;
    SPIM2_TASKS_START = 1;
    while (busy)
        hal_sleep();
    GPIOTE_TASKS_SET(SELECT) = 1;
    return back[1];
}

static void ppi_join(unsigned channel, volatile uint32_t *event, volatile uint32_t *task, volatile uint32_t *fork)
{
    PPI_CH_EEP(channel) = (uint32_t)(uintptr_t)event;
    PPI_CH_TEP(channel) = (uint32_t)(uintptr_t)task;
    PPI_FORK_TEP(channel) = (uint32_t)(uintptr_t)fork;
    PPI_CHENSET = 1u << channel;
}

/* From here on the hardware fetches every batch. */
static void stream(void)
{
    command[0] = IIS3DWB_FIFO_DATA | IIS3DWB_READ;
    filling = 0;
    set_up(1, bytes[0], 1 + IIS3DWB_WORD * active.batch);
    dma_reads_memory();
    ppi_join(PPI_BEGIN, &GPIOTE_EVENTS_IN(IN), &GPIOTE_TASKS_CLR(SELECT), &SPIM2_TASKS_START);
    ppi_join(PPI_FINISH, &SPIM2_EVENTS_END, &GPIOTE_TASKS_SET(SELECT), NULL);
    streaming = true;
    stopping = false;
    GPIOTE_CONFIG(IN) = GPIOTE_CONFIG_EVENT | GPIOTE_CONFIG_PIN(BOARD_VIBRATION_INT1) | GPIOTE_CONFIG_RISING;
}

bool hal_vibration_start(const hal_vibration_config *config)
{
    static const struct { uint32_t g, step_ug; uint8_t code; } scales[] = {
        {2, 61, 0}, {16, 488, 1}, {4, 122, 2}, {8, 244, 3}}; /* iis3dwb_reg.c: iis3dwb_from_fs..._to_mg */
    size_t scale = 0;

    while (scale < 4 && scales[scale].g != config->acceleration_g)
        scale++;
    if (streaming || scale == 4 || config->batch < BATCH_MIN || config->batch > BATCH_MAX || !config->on_samples)
        return false;
    hal_sleep_until(IIS3DWB_BOOT_US);
    bus_on();
    if (access(IIS3DWB_WHO_AM_I | IIS3DWB_READ, 0) != IIS3DWB_ID) {
        bus_off();
        return false;
    }
    active = *config;
    step_ug = scales[scale].step_ug;
    access(IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_BYPASS); /* empty */
    access(IIS3DWB_FIFO_CTRL1, (uint8_t)config->batch);
    access(IIS3DWB_FIFO_CTRL2, (uint8_t)(config->batch >> 8));
    access(IIS3DWB_FIFO_CTRL3, IIS3DWB_FIFO_EVERY);
    access(IIS3DWB_FIFO_CTRL4, IIS3DWB_FIFO_CONTINUOUS);
    access(IIS3DWB_INT1_CTRL, IIS3DWB_INT1_THRESHOLD);
    access(IIS3DWB_CTRL1_XL, (uint8_t)(IIS3DWB_ON | scales[scale].code << 2));
    stream();
    return true;
}

void hal_vibration_stop(void)
{
    if (!streaming)
        return;
    stopping = true;
    while (streaming)
        hal_sleep();
    GPIOTE_TASKS_SET(SELECT) = 1;
    access(IIS3DWB_CTRL1_XL, 0);
    bus_off();
}

uint32_t hal_vibration_step_ug(void)
{
    return step_ug;
}
