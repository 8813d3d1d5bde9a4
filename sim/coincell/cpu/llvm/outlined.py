"""The functions that promoted regions call when an access is not to the memory they expected.

Each module has its own copy, private to it. They keep all registers but one, so that calling them, which is
rare, does not disturb how the caller uses the machine's registers.
"""

from __future__ import annotations

from coincell.cpu import state as st
from coincell.cpu.compiled.layout import Layout, MemoryWindow

_CALLS = {"load": st.CALL_LOAD, "store": st.CALL_STORE}
_OPERANDS = {"load": "", "store": ", i32 %value"}
PARAMETERS = "ptr %state, i32 %address, i32 %flags, i32 %value, i64 %now, i32 %pc"


def outlined(layout: Layout) -> str:
    """`outlined_load` and `outlined_store`: the answer is as that of the call out (cpu.compiled.native)."""
    writable = [window for window in layout.windows if window.writable and not layout.code_in_ram]
    return _access("load", layout, list(layout.windows), _READ) + _access("store", layout, writable, _WRITE)


_READ = """
one:
  %b = load i8, ptr %at
  %b32 = zext i8 %b to i64
  ret i64 %b32
two:
  %h = load i16, ptr %at, align 1
  %h32 = zext i16 %h to i64
  ret i64 %h32
four:
  %w = load i32, ptr %at, align 1
  %w32 = zext i32 %w to i64
  ret i64 %w32
"""
_WRITE = """
one:
  %b = trunc i32 %value to i8
  store i8 %b, ptr %at
  ret i64 0
two:
  %h = trunc i32 %value to i16
  store i16 %h, ptr %at, align 1
  ret i64 0
four:
  store i32 %value, ptr %at, align 1
  ret i64 0
"""


def _access(kind: str, layout: Layout, windows: list[MemoryWindow], bodies: str) -> str:
    lines = [
        f"define internal preserve_mostcc i64 @outlined_{kind}({PARAMETERS}) noinline cold {{",
        "entry:",
        f"  %cycles = getelementptr i64, ptr %state, i64 {st.CYCLES}",
        "  %size = and i32 %flags, 7",
        "  %low = sub i32 %size, 1",
        "  %odd = and i32 %address, %low",
        "  %straight = icmp eq i32 %odd, 0",
        f"  br i1 %straight, label %{'try0' if windows else 'out'}, label %out",
    ]
    for n, window in enumerate(windows):
        other = f"try{n + 1}" if n + 1 < len(windows) else "out"
        wait = 0 if window.writable else layout.timing.data_wait
        lines += [
            f"try{n}:",
            f"  %o{n} = sub i32 %address, {window.base}",
            f"  %l{n} = sub i32 {window.size}, %size",
            f"  %i{n} = icmp ule i32 %o{n}, %l{n}",
            f"  br i1 %i{n}, label %hit{n}, label %{other}",
            f"hit{n}:",
            f"  %s{n} = getelementptr i64, ptr %state, i64 {window.slot}",
            f"  %m{n} = load ptr, ptr %s{n}",
            f"  %x{n} = zext i32 %o{n} to i64",
            f"  %p{n} = getelementptr i8, ptr %m{n}, i64 %x{n}",
            f"  %t{n} = add i64 %now, {wait}",
            f"  store i64 %t{n}, ptr %cycles",
            "  br label %found",
        ]
    if windows:
        places = ", ".join(f"[ %p{n}, %hit{n} ]" for n in range(len(windows)))
        lines += ["found:", f"  %at = phi ptr {places}"]
        lines += ["  switch i32 %size, label %four [ i32 1, label %one i32 2, label %two ]", bodies]
    return "\n".join(
        [
            *lines,
            "out:",
            "  store i64 %now, ptr %cycles",
            f"  %pc_p = getelementptr i32, ptr %state, i64 {st.R + 15}",
            "  store i32 %pc, ptr %pc_p",
            f"  %f_p = getelementptr i64, ptr %state, i64 {_CALLS[kind]}",
            "  %f = load ptr, ptr %f_p",
            f"  %answer = call i64 %f(ptr %state, i32 %address, i32 %flags{_OPERANDS[kind]})",
            "  ret i64 %answer",
            "}",
            "",
        ]
    )
