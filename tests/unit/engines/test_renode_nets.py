"""Which nets two engines are compared on, where Renode's pins do not follow their pulls."""

from coincell.describe import load_board
from coincell.engines.contract import Edge
from coincell.engines.renode.notes import pulled_alone
from coincell.engines.renode.platform import platform_of

MS = 10**9


def test_only_a_single_rise_that_renode_lacks_is_taken_for_a_pull():
    native = [
        Edge(0, "button", True),  # before the firmware runs: no edge
        Edge(MS, "serial", True),
        Edge(MS, "led", True),
        Edge(2 * MS, "enable", True),
        Edge(3 * MS, "strobe", True),
        Edge(4 * MS, "strobe", False),
        Edge(5 * MS, "reset", False),
    ]
    assert pulled_alone(native, [Edge(MS, "led", True)]) == {"serial", "enable"}


def test_which_chips_need_it():
    """STM32_GPIOPort.cs:169-196 keeps PUPDR for reading alone; NRF52840_GPIO.cs:150-172 uses PULL."""
    follows = {
        name: platform_of(load_board(name)).follows_pulls for name in ("nano33ble_sense", "nucleo_f746zg")
    }
    assert follows == {"nano33ble_sense": True, "nucleo_f746zg": False}
