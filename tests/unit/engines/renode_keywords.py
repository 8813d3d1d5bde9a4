"""Renode's Robot keywords over a run that is known: for tests of the files that coincell writes.

Names, arguments and what they do are those of renode v1.15.0, src/Renode/RobotFrameworkEngine, and of the
testers in renode-infrastructure v1.15.0, src/Emulator/Main/Testing. Like the server, they take strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from robot.api.deco import keyword, library


@dataclass(eq=False)
class Recorded:
    """What a machine does: lines (time [s], object, bytes) and changes of LEDs (time [s], object, state)."""

    lines: tuple[tuple[float, str, bytes], ...] = ()
    changes: tuple[tuple[float, str, bool], ...] = ()
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Every text that was looked for, and how."""


def as_bool(value: object) -> bool:
    """As SmartParser reads one: .NET's Boolean.Parse takes either case and nothing else."""
    assert str(value).lower() in ("true", "false"), value
    return str(value).lower() == "true"


@library
class RenodeKeywords:
    """One emulation. Time passes only where Renode's would: in RunFor, and while a tester waits."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self.reset_emulation()

    @keyword
    def reset_emulation(self) -> None:  # RenodeKeywords.cs:40
        self._now = 0.0
        self._started = self._machine = False
        self._uarts: list[str] = []
        self._leds: list[str] = []
        self._seen: dict[str, int] = {}

    @keyword
    def execute_script(self, path: str) -> str:  # RenodeKeywords.cs:105
        assert path.endswith("/setup.resc")
        self._machine = True
        return ""

    @keyword
    def execute_command(self, command: str, machine: str | None = None) -> str:  # RenodeKeywords.cs:53
        assert self._machine
        run = re.fullmatch(r'emulation RunFor "([0-9]+(?:\.[0-9]+)?)"', command)
        if run:
            assert not self._started, "This action is not available when emulation is already started"
            self._now += float(run[1])
            return ""
        assert command == "machine GetTimeSourceInfo", command
        minutes, seconds = divmod(self._now, 60)  # TimeSourceBase.cs:290, TimeInterval.cs:188-195
        hours, minutes = divmod(int(minutes), 60)
        return f"State: Idle\nElapsed Virtual Time: {hours:02}:{minutes:02}:{seconds:09.6f}\nHost: 1\n"

    @keyword
    def create_terminal_tester(  # UartKeywords.cs:45
        self, uart, timeout=None, machine=None, endLineOption=None, defaultPauseEmulation=None
    ) -> int:
        assert self._machine
        self._uarts.append(uart)
        return len(self._uarts) - 1

    @keyword
    def wait_for_line_on_uart(  # UartKeywords.cs:75
        self,
        content,
        timeout=None,
        testerId=None,
        treatAsRegex="false",
        includeUnfinishedLine="false",
        pauseEmulation=None,
    ) -> str:
        found = self._line(content, timeout, testerId, treatAsRegex)
        assert found is not None, "Terminal tester failed!"
        return found

    @keyword
    def should_not_be_on_uart(  # UartKeywords.cs:94
        self, content, timeout=None, testerId=None, treatAsRegex="false", includeUnfinishedLine="false"
    ) -> None:
        assert self._line(content, timeout, testerId, treatAsRegex) is None, "Unexpected entry"

    def _line(self, content: str, timeout: str, tester_id: str, regex: str) -> str | None:
        """TerminalTester.cs:245-325: what came since the last find, then what comes in time."""
        self._recorded.calls.append((content, regex))
        uart = self._uarts[int(tester_id)]
        until = self._now + int(float(timeout) * 1000) / 1000
        lines = [(at, data) for at, name, data in self._recorded.lines if name == uart]
        for n, (at, data) in enumerate(lines[self._seen.get(uart, 0) :], self._seen.get(uart, 0)):
            text = data.decode("latin-1")
            if at <= until and (re.search(content, text) if as_bool(regex) else content in text):
                self._seen[uart] = n + 1
                self._wait_until(max(at, self._now))
                return text
        self._wait_until(until)
        return None

    @keyword
    def create_led_tester(self, led, defaultTimeout=None, machine=None) -> int:  # LedKeywords.cs:25
        assert self._machine
        self._leds.append(led)
        return len(self._leds) - 1

    @keyword
    def assert_led_state(  # LedKeywords.cs:31
        self, state, timeout=None, testerId=None, pauseEmulation="false"
    ) -> None:
        """LEDTester.cs:37-86: a state that is there already passes at once; pausing stops at the change."""
        wanted, (led,) = as_bool(state), self._leds
        assert as_bool(pauseEmulation)
        if self._state(led, self._now) == wanted:
            return
        until = self._now + int(float(timeout) * 1000) / 1000
        for at, name, on in self._recorded.changes:
            if name == led and on == wanted and self._now < at <= until:
                self._now = at
                return
        self._started = self._started or float(timeout) > 0  # nothing pauses it after a time-out
        raise AssertionError("LED assertion not met.")

    def _state(self, led: str, time: float) -> bool:
        return next(
            (on for at, name, on in reversed(self._recorded.changes) if name == led and at <= time), False
        )

    def _wait_until(self, time: float) -> None:
        self._started = self._started or time > self._now
        self._now = time
