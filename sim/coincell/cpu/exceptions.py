"""Which exception runs next: priorities, masks, pending and active sets (ARMv7-M ARM B1.5).

No stack and no registers here; entry and return are in `cpu.entry`.
"""

from __future__ import annotations

from collections.abc import Callable

RESET, NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SECURE_FAULT = 1, 2, 3, 4, 5, 6, 7
SVCALL, DEBUG_MONITOR, PENDSV, SYSTICK, FIRST_IRQ = 11, 12, 14, 15, 16
WITH_PRIORITY = frozenset({MEM_MANAGE, BUS_FAULT, USAGE_FAULT, SVCALL, DEBUG_MONITOR, PENDSV, SYSTICK})
"""The other system exceptions have fixed priorities or do not exist (B1.5.2)."""
IDLE_PRIORITY = 256
"""Priority of code outside any exception."""
NAMES = {
    2: "NMI",
    3: "HardFault",
    4: "MemManage",
    5: "BusFault",
    6: "UsageFault",
    7: "SecureFault",
    11: "SVCall",
    12: "DebugMonitor",
    14: "PendSV",
    15: "SysTick",
}


class Exceptions:
    """Numbers are exception numbers: interrupt n is 16 + n."""

    def __init__(self, n_irqs: int, priority_bits: int) -> None:
        self.n = FIRST_IRQ + n_irqs
        self.priority_mask = 0xFF << (8 - priority_bits) & 0xFF
        self.with_priority = WITH_PRIORITY
        """System exceptions whose priority software chooses."""
        self.on_pend: Callable[[], None] = lambda: None
        """Called when something became pending, so that running code looks up."""
        self.reset()

    def reset(self) -> None:
        self.priority = [0] * self.n
        self.priority[RESET], self.priority[NMI], self.priority[HARD_FAULT] = -3, -2, -1
        self.enabled = {NMI, HARD_FAULT, SVCALL, PENDSV, SYSTICK, DEBUG_MONITOR}
        self.pending: set[int] = set()
        self.active: list[int] = []
        self.lines: set[int] = set()
        """Exceptions whose interrupt line is high now."""
        self.primask = self.faultmask = self.basepri = 0
        self.masked_to: int | None = None
        """A priority below which masks of the Non-secure state keep exceptions from Secure code."""
        self.group_shift = 0
        """AIRCR.PRIGROUP."""
        self.event = False
        """The WFE event register."""
        self.sev_on_pend = False

    def has_priority(self, number: int) -> bool:
        """Whether software may choose it."""
        return number in self.with_priority or FIRST_IRQ <= number < self.n

    # ---- what asks ----------------------------------------------------------------------------------
    def pend(self, number: int) -> None:
        if number not in self.pending:
            self.pending.add(number)
            if self.sev_on_pend:
                self.event = True
            self.on_pend()

    def unpend(self, number: int) -> None:
        self.pending.discard(number)

    def set_line(self, number: int, level: bool) -> None:
        """An interrupt line: a rising edge pends, even while active; a level high at return pends again.

        Pending stays when the line falls before the handler runs (B3.4.1).
        """
        if level:
            if number not in self.lines:
                self.lines.add(number)
                self.pend(number)
        else:
            self.lines.discard(number)

    def enable(self, number: int, on: bool) -> None:
        if on:
            self.enabled.add(number)
            if number in self.pending:
                self.on_pend()
        else:
            self.enabled.discard(number)

    # ---- who wins -----------------------------------------------------------------------------------
    def group(self, priority: int) -> int:
        """The part of a priority that decides preemption (B1.5.4)."""
        if priority < 0:
            return priority
        return priority & ~((2 << self.group_shift) - 1)

    def execution_priority(self, ignore_primask: bool = False) -> int:
        """B1.5.4 ExecutionPriority()."""
        best = min((self.group(self.priority[n]) for n in self.active), default=IDLE_PRIORITY)
        if self.basepri:
            best = min(best, self.group(self.basepri))
        if self.primask and not ignore_primask:
            best = min(best, 0)
        if self.faultmask:
            best = min(best, -1)
        if self.masked_to is not None:
            best = min(best, self.masked_to)
        return best

    def can_preempt(self, number: int) -> bool:
        """Whether its priority is above the present one, were it pending."""
        return self.group(self.priority[number]) < self.execution_priority()

    def best_pending(self) -> int | None:
        """The pending, enabled exception that would run first: lowest priority value, then number."""
        candidates = self.pending & self.enabled
        return min(candidates, key=lambda n: (self.priority[n], n), default=None)

    def preempting(self) -> int | None:
        """The exception to take now, if any outranks what runs."""
        if not self.pending:
            return None
        number = self.best_pending()
        if number is None or self.group(self.priority[number]) >= self.execution_priority():
            return None
        return number

    def wakes(self) -> bool:
        """Whether WFI ends: something would preempt if PRIMASK were clear (B1.5.19)."""
        number = self.best_pending()
        if number is None:
            return False
        return self.group(self.priority[number]) < self.execution_priority(ignore_primask=True)

    # ---- changes of what runs -----------------------------------------------------------------------
    def begin(self, number: int) -> None:
        self.pending.discard(number)
        self.active.append(number)

    def set_active(self, number: int, on: bool) -> None:
        """Software says so (SHCSR)."""
        if on and number not in self.active:
            self.active.append(number)
        elif not on and number in self.active:
            self.active.remove(number)
            self.on_pend()

    def end(self, number: int) -> None:
        if number in self.active:
            self.active.remove(number)
        if self.priority[number] >= -1 and number != NMI:
            self.faultmask = 0
        if number in self.lines:
            self.pend(number)
