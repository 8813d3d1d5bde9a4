"""Reading flatbuffers that may be hostile: every offset and length is checked against the file.

The `flatbuffers` package follows offsets; this adds the bounds, and typed access by slot number (the
position of a field in its table in the schema).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from flatbuffers import encode, number_types, packer  # type: ignore[import-untyped]
from flatbuffers.table import Table  # type: ignore[import-untyped]
from numpy.typing import NDArray


class DamagedError(Exception):
    """The bytes are not a flatbuffer of the expected kind."""


class Record:
    """A table of the file. Absent fields have the schema's default."""

    def __init__(self, table: Any) -> None:
        self._table = table
        if not 0 <= table.Pos <= len(table.Bytes) - 4:
            raise DamagedError("a table lies outside the file")

    @classmethod
    def root(cls, data: bytes, identifier: bytes) -> Record:
        """The file's root table. Raises DamagedError when the identifier is another."""
        if len(data) < 12 or data[4:8] != identifier:
            raise DamagedError(f"the file identifier is not {identifier.decode()}")
        return cls(Table(data, encode.Get(packer.uoffset, data, 0)))

    def _field(self, slot: int) -> int | None:
        """Where the field lies, None when absent."""
        try:
            offset = int(self._table.Offset(4 + 2 * slot))
        except (struct.error, TypeError, ValueError) as error:
            raise DamagedError(f"a table is broken: {error}") from None
        position = int(self._table.Pos) + offset
        if offset and position > len(self._table.Bytes) - 1:
            raise DamagedError("a field lies outside the file")
        return position if offset else None

    def integer(self, slot: int, kind: str, default: int = 0) -> int:
        """A scalar; `kind` is one of "int8", "uint8", "int32", "uint32", "uint64"."""
        where = self._field(slot)
        return default if where is None else int(self._scalar(where, np.dtype(kind)))

    def boolean(self, slot: int) -> bool:
        """A truth, false when absent."""
        return self.integer(slot, "uint8") != 0

    def real(self, slot: int, default: float = 0.0) -> float:
        """A float32."""
        where = self._field(slot)
        return default if where is None else float(self._scalar(where, np.dtype("float32")))

    def numbers(self, slot: int, kind: str) -> NDArray[Any]:
        """A vector of scalars, empty when absent."""
        where = self._field(slot)
        dtype = np.dtype(kind).newbyteorder("<")
        if where is None:
            return np.zeros(0, dtype)
        start, length = self._span(where, dtype.itemsize)
        return np.frombuffer(self._table.Bytes, dtype, length, start)

    def text(self, slot: int) -> str:
        """A string, empty when absent; bytes that are not UTF-8 are replaced."""
        return self.numbers(slot, "uint8").tobytes().decode("utf-8", "replace")

    def record(self, slot: int) -> Record | None:
        """A table that this one refers to."""
        where = self._field(slot)
        return None if where is None else self._follow(where)

    def records(self, slot: int) -> Iterator[Record]:
        """The tables of a vector."""
        where = self._field(slot)
        if where is not None:
            start, length = self._span(where, 4)
            for index in range(length):
                yield self._follow(start + 4 * index)

    def _scalar(self, where: int, dtype: np.dtype[Any]) -> Any:
        if where + dtype.itemsize > len(self._table.Bytes):
            raise DamagedError("a field lies outside the file")
        return np.frombuffer(self._table.Bytes, dtype.newbyteorder("<"), 1, where)[0]

    def _span(self, where: int, item_size: int) -> tuple[int, int]:
        """First byte and number of items of the vector that the offset at `where` leads to."""
        vector = where + int(self._scalar(where, np.dtype("uint32")))
        if vector + number_types.UOffsetTFlags.bytewidth > len(self._table.Bytes):
            raise DamagedError("a vector lies outside the file")
        length = int(self._scalar(vector, np.dtype("uint32")))
        if vector + 4 + length * item_size > len(self._table.Bytes):
            raise DamagedError(f"a vector of {length} items does not fit the file")
        return vector + 4, length

    def _follow(self, where: int) -> Record:
        return Record(Table(self._table.Bytes, where + int(self._scalar(where, np.dtype("uint32")))))
