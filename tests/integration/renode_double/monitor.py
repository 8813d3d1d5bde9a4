"""The monitor: lines become commands. I Extensions/UserInterface/Monitor.cs, MonitorCommands.cs."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from renode_double import python2
from renode_double.api import MonitorObject, modules
from renode_double.commands import METHODS, Method
from renode_double.emulation import Emulation, Recoverable
from renode_double.output import Output
from renode_double.tokens import Token, path_token, tokenize

_TERMINATOR = '"""'


class Quit(Exception):  # noqa: N818 - not an error
    """The monitor is left."""


class Monitor:
    """`parse` runs a line; False when something in it failed."""

    def __init__(self, emulation: Emulation, output: Output, root: Path) -> None:
        self.emulation, self.output = emulation, output
        self._start, self._root = Path.cwd(), root
        os.chdir(root)  # Monitor.cs:566-574
        self.variables: dict[str, Token] = {"global.CWD": path_token(str(self._start))}
        self.macros: dict[str, Token] = {}
        self.usings: list[str] = ["sysbus."] if emulation.generation.bracketed else []
        self.is_quitting = False
        emulation.at_reset.append(self._machine_reset)
        modules(emulation.generation)
        about = MonitorObject(emulation, self.parse)
        system = sys.modules["System"]
        self.scope: dict[str, Any] = {
            "__name__": "<module>",
            "monitor": about,
            "self": about,
            "System": system,
            "Antmicro": sys.modules["Antmicro"],
            "sys": sys,
        }
        self._commands: dict[str, Callable[[list[Token]], bool]] = {
            "include": self._include,
            "i": self._include,
            "using": self._using,
            "mach": self._mach,
            "log": self._log,
            "macro": self._macro,
            "runMacro": self._run_macro,
            "quit": self._quit,
            "q": self._quit,
        }

    @property
    def prompt(self) -> str:
        """ShellProvider.cs:24."""
        return f"({self.emulation.machine_name or 'monitor'}) "

    # ---- lines -------------------------------------------------------------------------------------
    def parse(self, line: str) -> bool:
        """Commands, apart by `;`: one that fails ends the line (Monitor.cs:174-182)."""
        if not line.strip():
            return True
        tokens = self._tokens(line)
        if tokens is None:
            return False
        group: list[Token] = []
        for token in [*tokens, Token("split", ";", ";")]:
            if token.kind != "split":
                group.append(token)
                continue
            words = [word for word in group if word.kind != "comment"]
            if words and not self._run(words):
                return False
            group = []
        return True

    def _tokens(self, line: str) -> list[Token] | None:
        """A variable before what is no token is expanded (Monitor.cs:1130-1175)."""
        tokens, left = tokenize(line)
        if not left:
            return tokens
        if tokens and tokens[-1].kind == "variable":
            value = self._variable(tokens[-1].value)
            if value is None:
                self.output.line(f"No such variable: ${tokens[-1].value}")
                return None
            before = " ".join(token.original for token in tokens[:-1])
            return self._tokens(f"{before} {value.original}{line[len(line) - left :]}")
        mark = " " * (len(line) - left) + "^"
        for text in ("Could not tokenize here:", line, mark):
            self.output.line(text)
        self.output.log("warning", "", f"Monitor: Could not tokenize here:\n{line}\n{mark}")
        return None

    def _variable(self, name: str, among: dict[str, Token] | None = None) -> Token | None:
        among = self.variables if among is None else among
        machine = (self.emulation.machine_name or "").replace("-", "_")
        names = (name, f"{machine}.{name}", f"global.{name}")
        return next((among[n] for n in names if n in among), None)

    def _run(self, words: list[Token]) -> bool:
        words = [self._found(word) if word.kind == "path" else word for word in words]
        try:
            return self._execute(words)
        except Recoverable as error:
            command = " ".join(word.original for word in words)
            self.output.line(f"There was an error executing command '{command}': ")
            self.output.line(str(error))
            return False

    def _found(self, word: Token) -> Token:
        """Paths are looked up where we started and in Renode's folder (MonitorPath)."""
        for folder in (Path(), self._start, self._root):
            path = folder / word.value
            if path.exists():
                return path_token(str(path.absolute()))
        return word

    def _execute(self, words: list[Token]) -> bool:
        first = words[0]
        if first.kind == "variable" and len(words) == 3 and words[1].kind in ("=", "?="):
            if words[1].kind == "=" or self._variable(first.value) is None:
                self._set(first.value, words[2], self.variables)
            return True
        if first.kind == "literal":
            name, rest = first.value, words[1:]
            if name in self._commands:
                return self._commands[name](rest)
            device = self._device(name)
            if device is not None:
                self._act(name, device, self._expanded(rest))
                return True
            if f"mc_{name}" in self.scope:
                return self._call_python(name, self._expanded(rest))
        self.output.line(
            f"No such command or device: {first.value if first.kind == 'literal' else first.original}"
        )
        return False

    def _set(self, name: str, value: Token, among: dict[str, Token]) -> None:
        """Monitor.cs:1192: of the machine, or global."""
        prefix = (self.emulation.machine_name or "global").replace("-", "_")
        among[name if "." in name else f"{prefix}.{name}"] = value

    def _expanded(self, words: list[Token]) -> list[Token]:
        found = []
        for word in words:
            value = self._variable(word.value) if word.kind == "variable" else word
            if value is None:
                raise Recoverable(f"No such variable: ${word.value}")
            found.append(value)
        return found

    # ---- commands ----------------------------------------------------------------------------------
    def _include(self, words: list[Token]) -> bool:
        """IncludeFileCommand.cs: by the file's suffix."""
        if len(words) != 1 or words[0].kind not in ("path", "string"):
            self.output.line("Bad parameters for command include")
            return False
        path = Path(words[0].value)
        if not path.exists():
            raise Recoverable(f"File does not exist: {path}")
        if path.suffix == ".py":
            return self._python(path)
        if path.suffix in (".cs", ".repl"):
            raise Recoverable(f"the double includes no {path.suffix} files")
        return self.script(path)

    def script(self, path: Path) -> bool:
        """Monitor.cs:324-366."""
        self.output.log("info", "", f"Including script(s): {path}")
        before = self._variable("ORIGIN")
        self.variables["global.ORIGIN"] = path_token(str(path.parent).replace(" ", "\\ "))
        lines: list[str] = []
        eaten: list[str] | None = None
        for line in path.read_text("utf-8").split("\n"):
            line = line.rstrip("\r")
            if _TERMINATOR not in line:
                (lines if eaten is None else eaten).append(line)
            elif eaten is None:
                eaten = [lines.pop()] if line.startswith(_TERMINATOR) else []
                eaten.append(line)
            else:
                lines.append("\n".join([*eaten, line]))
                eaten = None
        done = all(self.parse(line) for line in lines)
        if before is not None:
            self.variables["global.ORIGIN"] = before
        return done

    def _python(self, path: Path) -> bool:
        text = path.read_text("utf-8")
        wrong = python2.complaints(text)
        if wrong:
            raise Recoverable(f"no Python 2.7: {path}\n" + "\n".join(wrong))
        try:
            exec(compile(text, str(path), "exec"), self.scope)
        except Exception as error:
            raise Recoverable(f"{type(error).__name__}: {error}\n{traceback.format_exc()}") from None
        return True

    def _call_python(self, name: str, words: list[Token]) -> bool:
        """MonitorPythonEngine.ExecuteBuiltinCommand: what it returns is an error, unless True."""
        for word in words:
            if word.kind == "literal":
                raise Recoverable(f"No such emulation element: {word.value}")
        arguments = [word.value for word in words]
        try:
            result = self.scope[f"mc_{name}"](*arguments)
        except Exception as error:
            text = f"Command '{name} {' '.join(map(str, arguments))}' failed\n\t{error}"
            raise Recoverable(f"{text}\n{traceback.format_exc()}") from None
        if result is not None and result is not True:
            self.output.line(f'Command {name} failed, returning "{result}".')
        return True

    def _using(self, words: list[Token]) -> bool:
        (word,) = words
        dotted = word.value.rstrip(".") + "."
        if dotted not in self.usings:
            self.usings.append(dotted)
        return True

    def _mach(self, words: list[Token]) -> bool:
        if len(words) != 2 or words[0].value != "create" or words[1].kind != "string":
            self.output.line("Bad parameters for command mach")
            return False
        self.emulation.create(words[1].value)
        return True

    def _log(self, words: list[Token]) -> bool:
        if len(words) != 1 or words[0].kind != "string":
            self.output.line("Bad parameters for command log")
            return False
        self.output.log("info", "", f"Script: {words[0].value}")
        return True

    def _macro(self, words: list[Token]) -> bool:
        """SetCommand.cs; a macro of several lines comes as one token."""
        if len(words) != 2 or words[0].kind != "literal":
            raise Recoverable("the double has no macros that are typed in")
        self._set(words[0].value, words[1], self.macros)
        return True

    def _run_macro(self, words: list[Token]) -> bool:
        """ExecuteCommand.cs."""
        if len(words) != 1 or words[0].kind != "variable":
            raise Recoverable("Parsing failed.")
        macro = self._variable(words[0].value, self.macros)
        if macro is None:
            raise Recoverable(f"No such variable: ${words[0].value}")
        for line in macro.value.split("\n"):
            if not self.parse(line):
                raise Recoverable(f"Parsing line '{line}' failed.")
        return True

    def _machine_reset(self) -> None:
        """Monitor.cs:1077-1098: the macro of this name, or a word that there is none."""
        macro = self._variable("reset", self.macros)
        if macro is None:
            text = "Monitor: No action for reset - macro reset is not registered."
            self.output.log("warning", "", text)
            return
        for line in macro.value.split("\n"):
            self.parse(line)

    def _quit(self, words: list[Token]) -> bool:
        """It does not stop a script."""
        self.output.line("Renode is quitting")
        self.is_quitting = True
        return True

    # ---- devices -----------------------------------------------------------------------------------
    def _device(self, name: str) -> tuple[str, str] | None:
        """Kind and name: "emulation", "machine", "sysbus", or a type of the platform."""
        if name == "emulation":
            return name, name
        if self.emulation.machine_name is None:
            return None
        if name in ("machine", "sysbus"):
            return name, name
        paths = self.emulation.platform.paths()
        for prefix in ("", *self.usings):
            if prefix + name in paths:
                return paths[prefix + name].type, paths[prefix + name].name
        return None

    def _act(self, said: str, device: tuple[str, str], words: list[Token]) -> None:
        kind, name = device
        if not words or words[0].kind != "literal":
            raise Recoverable(f"{said} does not provide a default-named indexer.")
        forms: tuple[Method, ...] = METHODS.get((kind, words[0].value), ())
        if not forms:
            raise Recoverable(f"{said} does not provide a field, method or property {words[0].value}.")
        for form in forms:
            arguments = form.arguments(words[1:])
            if arguments is not None:
                form.action(self.emulation, name, *arguments)
                return
        raise Recoverable("Parameters did not match the signature")
