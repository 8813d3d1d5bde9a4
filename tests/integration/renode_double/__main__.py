"""`renode` on the command line: I UI/Options.cs, UI/CommandLineInterface.cs, R src/Renode/Program.cs."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from renode_double import failures
from renode_double.generation import SHORT, WITH_VALUE, Generation, present


def options(words: list[str], generation: Generation) -> dict[str, list[str]]:
    """Options by their long names, and "" for the positional. Raises ValueError with what is printed."""
    found: dict[str, list[str]] = {}
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("-"):
            found.setdefault("", []).append(word)
            continue
        name = word[2:] if word.startswith("--") else SHORT.get(word[1:], word[1:])
        if name not in generation.options:
            raise ValueError(f"Unexpected options detected: {word}")
        values = found.setdefault(name, [])
        if name in WITH_VALUE:
            if at == len(words):
                raise ValueError(f"Option {name} requires parameter of type System.String")
            values.append(words[at])
            at += 1
    if len(found.get("", ())) > 1:
        raise ValueError(f"Unexpected options detected: {found[''][1]}")
    if "console" in found and "hide-monitor" in found:
        raise ValueError("--hide-monitor and --console cannot be set at the same time")
    return found


def main(words: list[str]) -> int:
    """The exit code: 0, whatever happens in the monitor."""
    generation = present()
    try:
        given = options(words, generation)
    except ValueError as error:
        print(f"{error}\n\nUsage: renode [options] [file-to-include / snapshot]")
        return 0
    if "version" in given:
        print("\n".join(generation.version))
        return 0
    if "console" not in given:
        # a port that others may have (CommandLineInterface.cs:75-77), or nobody to hear errors
        print("the double runs with --console alone", file=sys.stderr)
        return 3
    if "plain" not in given:
        print("the double prints no colours: --plain is missing", file=sys.stderr)
        return 3
    fails = failures.chosen()
    if "deaf" in fails:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGINT, lambda *_: sys.exit(0))  # Program.cs:26-36
    return _session(given, generation, fails)


def _session(given: dict[str, list[str]], generation: Generation, fails: dict[str, int]) -> int:
    from renode_double.emulation import Emulation
    from renode_double.monitor import Monitor
    from renode_double.output import Output

    config = Path(given["config"][0]) if "config" in given else None
    output = Output(generation, config)
    emulation = Emulation(generation, output, fails)
    if not generation.collapses:
        what = 'configuration option "collapse-repeated-log-entries" is not supported in console mode'
        output.log("warning", "", f"On dotnet {what} on unix-like system. It will be set to false.")
    output.log("info", "", "Loaded monitor commands from: /opt/renode/scripts/monitor.py")
    output.line(f"{generation.banner}\n")
    monitor = Monitor(emulation, output, Path("/"))
    lines = []
    if "" in given:
        path = given[""][0]
        lines.append(f"i {'@' if path.startswith('/') else '$CWD/'}{path}")
    if "execute" in given:
        lines.append("; ".join(given["execute"]))
    try:
        for line in lines:  # typed into the line editor, so echoed
            output.write(f"{monitor.prompt}{line}\n\r")
            monitor.parse(line)
        while not monitor.is_quitting:
            output.write(monitor.prompt)
            line = sys.stdin.readline()
            if not line:
                break
            output.write(f"{line.rstrip()}\n\r")
            monitor.parse(line.rstrip("\n"))
    finally:
        emulation.save_truth()
        if "cut" in fails:
            _cut()
    return 0


def _cut() -> None:
    from renode_double.api import StreamWriter

    for path in StreamWriter.opened:
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
