"""Integers, arrays, delegates and events of .NET, as strict as they are there."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from renode_double import failures


class Integer(int):
    """A boxed integer. Subclasses have a range."""

    low = high = 0

    def __new__(cls, value: Any = 0) -> Integer:
        if isinstance(value, (bool, float)) or not isinstance(value, int):
            raise TypeError(f"{cls.__name__} from {type(value).__name__}: the double takes integers alone")
        if not cls.low <= value <= cls.high:
            raise OverflowError(f"Value was either too large or too small for {cls.__name__}: {value}")
        return super().__new__(cls, value)


def _integer(name: str, bits: int, signed: bool) -> type[Integer]:
    low = -(1 << bits - 1) if signed else 0
    return type(name, (Integer,), {"low": low, "high": low + (1 << bits) - 1})


Byte, UInt16 = _integer("Byte", 8, False), _integer("UInt16", 16, False)
UInt32, UInt64 = _integer("UInt32", 32, False), _integer("UInt64", 64, False)
Int32, Int64 = _integer("Int32", 32, True), _integer("Int64", 64, True)


class Bytes(bytes):
    """A System.Byte[]."""


def exactly(kind: type, value: Any, what: str) -> Any:
    """`value`, where it is of this very type: overloads would be chosen wrongly otherwise."""
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__} ({what})")
    return value


class Sealed:
    """An object without any other member than those it declares."""

    _members: frozenset[str] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        super().__setattr__(name, value)


class Delegate:
    """A function as a delegate: an exception that leaves it ends the process (I PythonEngine.cs:66)."""

    def __init__(
        self, function: Any, parameters: tuple[type, ...], result: type | None = None, name: str = "Action"
    ) -> None:
        if isinstance(function, str) or not callable(function):
            raise TypeError(f"expected {name}, got {type(function).__name__}")
        try:
            inspect.signature(function).bind(*parameters)
        except TypeError:
            text = f"{getattr(function, '__name__', function)}() does not take {len(parameters)} arguments"
            raise TypeError(text) from None
        self._function, self._parameters, self._result = function, parameters, result

    def __call__(self, *arguments: Any) -> Any:
        try:
            result = self._function(*arguments)
            if self._result is not None and not isinstance(result, self._result):
                result = self._result(exactly(int, result, "result of a delegate"))
        except Exception:
            failures.crash(traceback.format_exc())
        return result

    @property
    def shape(self) -> tuple[tuple[type, ...], type | None]:
        return self._parameters, self._result


class Event:
    """`+=` adds a handler."""

    def __init__(self, *parameters: type) -> None:
        self._parameters = parameters
        self._handlers: list[Delegate] = []

    def __iadd__(self, function: Any) -> Event:
        self._handlers.append(Delegate(function, self._parameters))
        return self

    def raised(self, *arguments: Any) -> None:
        for handler in tuple(self._handlers):
            handler(*arguments)


class Func:
    """`Func[A, B, R](f)`."""

    def __class_getitem__(cls, kinds: tuple[type, ...]) -> Callable[[Any], Delegate]:
        return lambda function: Delegate(function, kinds[:-1], kinds[-1], "Func")


class Action:
    """`Action[A, B](f)`."""

    def __class_getitem__(cls, kinds: Any) -> Callable[[Any], Delegate]:
        return lambda function: Delegate(function, kinds if isinstance(kinds, tuple) else (kinds,))


class Array:
    """`Array[Byte](numbers)`."""

    def __class_getitem__(cls, kind: type) -> Callable[[Iterable[int]], Bytes]:
        if kind is not Byte:
            raise TypeError("the double has arrays of Byte alone")
        return lambda values: Bytes(Byte(value) for value in values)
