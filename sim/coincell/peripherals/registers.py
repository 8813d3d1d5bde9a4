"""Registers are declared, not switched on: class attributes of a block say where and what they are.

    class Uart(Block):
        BAUDRATE = Register(0x524, reset=0x04000000)
        TXD = Register(0x51C, access="w")

        @TXD.on_write
        def _send(self, value: int, index: int) -> None: ...

Values live in one array of 32-bit words per block, so that compiled code can read a register directly when
nothing but its stored value answers a read (`Block.plain_offsets`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, overload

Access = Literal["rw", "r", "w", "w1c"]
Reader = TypeVar("Reader", bound=Callable[..., int])
Writer = TypeVar("Writer", bound=Callable[..., None])
Unmodelled = Callable[[str, str], None]
"""Told the block's name and the register's name (or its offset, as 0x123). Raises in strict mode."""

WORD = 0xFFFF_FFFF


@dataclass(frozen=True)
class Field:
    """Bits `low` to `high` (inclusive) of a register."""

    low: int
    high: int

    @property
    def mask(self) -> int:
        """The bits of this field in a register."""
        return ((1 << (self.high - self.low + 1)) - 1) << self.low

    def of(self, value: int) -> int:
        """This field of a register's value."""
        return (value & self.mask) >> self.low

    def into(self, value: int, content: int) -> int:
        """`value` with this field replaced."""
        return (value & ~self.mask) | (content << self.low & self.mask)


class Declared:
    """What a declaration of one or many registers says.

    Bits outside `fields` (or `mask`) are reserved: they read as zero.

    `access`: "rw"; "r" (writes are ignored); "w" (reads as zero, the value is passed to the write hook);
    "w1c" (writing 1 clears). `sets`/`clears` name a register that this one is a window on: writing ones sets
    or clears them there, reading reads it. `modelled=False`: it stores, but every access is reported.
    """

    def __init__(
        self,
        offset: int,
        *,
        reset: int = 0,
        access: Access = "rw",
        fields: Sequence[Field] = (),
        mask: int = WORD,
        sets: Declared | None = None,
        clears: Declared | None = None,
        modelled: bool = True,
        name: str = "",
    ) -> None:
        self.offset = offset
        self.reset = reset
        self.access = access
        self.mask = sum(field.mask for field in fields) if fields else mask
        self.sets, self.clears = sets, clears
        self.modelled = modelled
        self.name = name
        self.reader = ""
        self.writer = ""
        self.count, self.stride = 1, 4

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def on_read(self, method: Reader) -> Reader:
        """Decorator: `method(self, index)` answers reads by the bus."""
        self.reader = method.__name__
        return method

    def on_write(self, method: Writer) -> Writer:
        """Decorator: `method(self, value, index)` is called after a write by the bus was stored.

        `value` is what the register now holds; for "w" and "w1c" registers, what was written.
        """
        self.writer = method.__name__
        return method

    def places(self) -> Iterator[tuple[int, int, str]]:
        """Index, offset and name of every element."""
        yield 0, self.offset, self.name


class Register(Declared):
    """One register: `block.CONFIG` is its stored value."""

    @overload
    def __get__(self, block: None, owner: type) -> Register: ...
    @overload
    def __get__(self, block: Block, owner: type) -> int: ...
    def __get__(self, block: Block | None, owner: type) -> Register | int:
        return self if block is None else block.words[self.offset >> 2]

    def __set__(self, block: Block, value: int) -> None:
        block.words[self.offset >> 2] = value


class Registers(Declared):
    """`count` like registers, `stride` bytes apart: `block.CC[2]`. In `name`, {} stands for the index."""

    def __init__(self, offset: int, count: int, stride: int = 4, **options: Any) -> None:
        super().__init__(offset, **options)
        self.count, self.stride = count, stride

    @overload
    def __get__(self, block: None, owner: type) -> Registers: ...
    @overload
    def __get__(self, block: Block, owner: type) -> RegisterArray: ...
    def __get__(self, block: Block | None, owner: type) -> Registers | RegisterArray:
        return self if block is None else RegisterArray(block.words, self)

    def __set__(self, block: Block, value: int) -> None:
        raise AttributeError(f"{self.name} is an array of registers: set its elements")

    def places(self) -> Iterator[tuple[int, int, str]]:
        pattern = self.name if "{}" in self.name else self.name + "[{}]"
        for index in range(self.count):
            yield index, self.offset + index * self.stride, pattern.format(index)


class RegisterArray:
    """The values of a `Registers` on one block."""

    def __init__(self, words: memoryview, declared: Registers) -> None:
        self._words = words
        self._first = declared.offset >> 2
        self._step = declared.stride >> 2
        self._count = declared.count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self._count:
            raise IndexError(index)
        value: int = self._words[self._first + index * self._step]
        return value

    def __setitem__(self, index: int, value: int) -> None:
        self._words[self._first + index * self._step] = value


@dataclass(frozen=True)
class _Place:
    """One address of a block: which register, which element."""

    register: Declared
    index: int
    name: str

    @property
    def plain(self) -> bool:
        """Reading is just the stored word and has no effect."""
        register = self.register
        window = register.sets is not None or register.clears is not None
        return register.modelled and register.access != "w" and not register.reader and not window


class Block:
    """A BusBlock whose registers are declared. Subclasses give behaviour through hooks and `on_reset`."""

    size: int = 0x1000
    outlives_off: bool = False
    """Keeps its state while the chip is off; all others are reset when it goes off."""
    _places: ClassVar[dict[int, _Place]] = {}
    _plain: ClassVar[frozenset[int]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._places = dict(cls._places)
        for register in tuple(vars(cls).values()):
            if not isinstance(register, Declared):
                continue
            for index, offset, name in register.places():
                if offset in cls._places:
                    raise TypeError(
                        f"{cls.__name__}: {name} and {cls._places[offset].name} share 0x{offset:03x}"
                    )
                cls._places[offset] = _Place(register, index, name)
        cls._plain = frozenset(offset for offset, place in cls._places.items() if place.plain)

    def __init__(self, name: str, base: int, unmodelled: Unmodelled) -> None:
        self.name = name
        self.base = base
        self._unmodelled = unmodelled
        self.words = memoryview(bytearray(self.size)).cast("I")
        self._restore()

    def _restore(self) -> None:
        self.words[:] = memoryview(bytes(self.size)).cast("I")
        for offset, place in self._places.items():
            self.words[offset >> 2] = place.register.reset

    def reset(self) -> None:
        """Every register as after a reset of the chip, then `on_reset`."""
        self._restore()
        self.on_reset()

    def on_reset(self) -> None:
        """For subclasses: stop whatever is under way. Registers already have their reset values."""

    def declares(self, offset: int) -> bool:
        """Whether a register is declared at `offset` (a multiple of 4)."""
        return offset in self._places

    def takes_writes(self, offset: int) -> bool:
        """Whether a register is declared at `offset` (a multiple of 4) that a write can change."""
        place = self._places.get(offset)
        return place is not None and place.register.access != "r"

    @classmethod
    def plain_offsets(cls) -> frozenset[int]:
        """Offsets whose reading is just the stored word and has no effect."""
        return cls._plain

    def read(self, offset: int, width: int) -> int:
        """Read `width` bytes. An undeclared register is reported and reads as zero."""
        if width == 4 and offset in self._plain:  # polled flags come this way
            stored: int = self.words[offset >> 2]
            return stored
        word = self.read_word(offset & ~3)
        if width == 4:
            return word
        return word >> (offset & 3) * 8 & (1 << width * 8) - 1

    def write(self, offset: int, width: int, value: int) -> None:
        """Write `width` bytes. An undeclared register is reported and ignores the write."""
        word_offset = offset & ~3
        if width != 4:
            shift = (offset & 3) * 8
            mask = ((1 << width * 8) - 1) << shift
            value = self._kept(word_offset) & ~mask | (value << shift & mask)
        self.write_word(word_offset, value & WORD)

    def _kept(self, offset: int) -> int:
        """What a narrow write leaves in the other bytes: nothing where ones have an effect."""
        place = self._places.get(offset)
        if place is None or place.register.access != "rw":
            return 0
        if place.register.sets is not None or place.register.clears is not None:
            return 0
        stored: int = self.words[offset >> 2]
        return stored

    def read_word(self, offset: int) -> int:
        """Read the register at `offset` as the bus does."""
        place = self._places.get(offset)
        if place is None:
            self._unmodelled(self.name, f"0x{offset:03X}")
            return 0
        register = place.register
        if not register.modelled:
            self._unmodelled(self.name, place.name)
        if register.reader:
            answer: int = getattr(self, register.reader)(place.index)
            return answer & WORD
        if register.access == "w":
            return 0
        target = register.sets or register.clears
        if target is not None:
            return self.read_word(target.offset + place.index * target.stride)
        stored: int = self.words[offset >> 2]
        return stored

    def write_word(self, offset: int, value: int) -> None:
        """Write the register at `offset` as the bus does."""
        place = self._places.get(offset)
        if place is None:
            self._unmodelled(self.name, f"0x{offset:03X}")
            return
        register = place.register
        if not register.modelled:
            self._unmodelled(self.name, place.name)
        value &= register.mask
        target = register.sets or register.clears
        if target is not None:
            there = target.offset + place.index * target.stride
            now = self.words[there >> 2]
            self.write_word(there, now | value if register.sets is not None else now & ~value & WORD)
            return
        index = offset >> 2
        if register.access == "rw":
            self.words[index] = value
        elif register.access == "w1c":
            self.words[index] &= ~value & WORD
        elif register.access == "r":
            return
        if register.writer:
            getattr(self, register.writer)(value, place.index)
