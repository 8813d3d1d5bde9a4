"""What stands around the blocks of a translated region: where slots live, how it is entered and left."""

from __future__ import annotations

from coincell.cpu import state as st
from coincell.cpu.compiled.region import Key, Region
from coincell.cpu.llvm.floating import INTRINSICS
from coincell.cpu.llvm.halves import HALVES_INTRINSICS
from coincell.cpu.llvm.observed import Watch
from coincell.cpu.llvm.ops import LlvmOps
from coincell.cpu.llvm.outlined import outlined
from coincell.cpu.llvm.slots import COUNT_BITS, FLAG_WORDS, FLAGS, LONGEST_VISIT

CACHE_LOOKUP = """
define internal preserve_mostcc i32 @fetch_line(ptr %set, i32 %tag, i32 %ways, i32 %wait) noinline cold {
entry:
  br label %scan
scan:
  %way = phi i32 [ 1, %entry ], [ %next, %other ]
  %more = icmp ult i32 %way, %ways
  br i1 %more, label %look, label %missed
look:
  %p = getelementptr i32, ptr %set, i32 %way
  %t = load i32, ptr %p
  %hit = icmp eq i32 %t, %tag
  br i1 %hit, label %shift, label %other
other:
  %next = add i32 %way, 1
  br label %scan
missed:
  %last = sub i32 %ways, 1
  br label %shift
shift:
  %from = phi i32 [ %way, %look ], [ %last, %missed ]
  %cost = phi i32 [ 0, %look ], [ %wait, %missed ]
  br label %down
down:
  %w = phi i32 [ %from, %shift ], [ %above, %move ]
  %top = icmp eq i32 %w, 0
  br i1 %top, label %done, label %move
move:
  %above = sub i32 %w, 1
  %src = getelementptr i32, ptr %set, i32 %above
  %v = load i32, ptr %src
  %dst = getelementptr i32, ptr %set, i32 %w
  store i32 %v, ptr %dst
  br label %down
done:
  store i32 %tag, ptr %set
  ret i32 %cost
}
"""
"""Another way than the most recent one holds the line, or none does: move it to the front, give the cost."""

_WEIGHTS = '!0 = !{!"branch_weights", i32 4000, i32 1}\n!1 = !{!"branch_weights", i32 1, i32 4000}'
_LEAVING = {"to_pc": st.R + 15, "to_pipe": st.PIPE, "to_it": st.ITSTATE}
"""What every side exit stores."""


def label_of(key: Key) -> str:
    """The label of a guest block."""
    return f"g{key[0]:x}_{key[1]}"


def module_text(o: LlvmOps, region: Region, name: str, watch: Watch) -> str:
    """A module with one function, of the blocks that `o` and `watch` have written."""
    return "\n".join(
        [
            INTRINSICS,
            HALVES_INTRINSICS,
            "declare i64 @llvm.smax.i64(i64, i64)",
            "declare i64 @llvm.umin.i64(i64, i64)",
            "declare i64 @llvm.usub.sat.i64(i64, i64)",
            CACHE_LOOKUP if o.layout.timing.cache_sets else "",
            outlined(o.layout) if o.promote else "",
            watch.functions(),
            f"define i32 @{name}(ptr %state) {{",
            "entry:",
            *_prologue(o),
            *watch.prologue(),
            *_entry(region),
            *o.lines,
            *o.stubs,
            "exit:",
            *_epilogue(o),
            "  %result = load i32, ptr %code",
            "  ret i32 %result",
            "}",
            _WEIGHTS,
        ]
    )


def _entry(region: Region) -> list[str]:
    """To the block that r15 and the pipeline's state name."""
    if len(region.entries) == 1:
        return [f"  br label %{label_of(region.entry)}"]
    lines = [_word("%pipe_state", st.PIPE)]
    lines += ["  %at_pc = load i32, ptr %pc_state", "  %at_pipe = load i32, ptr %pipe_state"]
    lines += ["  %wide_pc = zext i32 %at_pc to i64", "  %wide_pipe = zext i32 %at_pipe to i64"]
    lines += ["  %up = shl i64 %wide_pipe, 32", "  %where = or i64 %up, %wide_pc"]
    others = [f"i64 {pc | pipe << 32}, label %{label_of((pc, pipe))}" for pc, pipe in region.entries[1:]]
    return [*lines, f"  switch i64 %where, label %{label_of(region.entry)} [ {' '.join(others)} ]"]


def _prologue(o: LlvmOps) -> list[str]:
    lines = ["  %code = alloca i32", "  %acc = alloca i64", "  store i64 0, ptr %acc"]
    words = {"pc_state": st.R + 15, "fetch_state": st.FETCH, "fp_ready": st.FP_READY}
    words["stack_limit"] = st.STACK_LIMIT
    lines += [_word(f"%{name}", slot) for name, slot in words.items()]
    wides = {"cycles_state": st.CYCLES, "count_state": st.INSTRUCTIONS, "deadline": st.DEADLINE}
    calls = {"call_load": st.CALL_LOAD, "call_store": st.CALL_STORE, "call_fp": st.CALL_FP}
    lines += [_wide(f"%{name}", slot) for name, slot in (wides | calls).items()]
    pointers = {f"%m{slot}": slot for slot in sorted(o.windows | {s + 1 for s in o.windows})}
    if o.layout.timing.cache_sets:
        pointers["%tags"] = st.TAGS
    for name, slot in pointers.items():
        lines += [_wide(f"%at_{name[1:]}", slot), f"  {name} = load ptr, ptr %at_{name[1:]}"]
    lines += _time_left()
    if o.waits_for_fpu:
        lines += [_wide("%fpu_state", st.FPU_FREE), "  %fpu = alloca i64"]
        lines += ["  %fpu_0 = load i64, ptr %fpu_state"]
        lines += ["  %fpu_1 = call i64 @llvm.usub.sat.i64(i64 %fpu_0, i64 %started)"]
        lines += [f"  %fpu_2 = shl i64 %fpu_1, {COUNT_BITS}", "  store i64 %fpu_2, ptr %fpu"]
    if not o.promote:
        lines += [_word(f"%{name}", slot) for name, slot in _LEAVING.items()]
        return lines + [_word(f"%s{slot}", slot) for slot in sorted(o.used)]
    lines += [f"  %{name} = alloca i32" for name in _LEAVING]
    for slot in sorted(o.used - FLAGS):
        lines += [_word(f"%p{slot}", slot), f"  %s{slot} = alloca i32"]
        lines += [f"  %i{slot} = load i32, ptr %p{slot}", f"  store i32 %i{slot}, ptr %s{slot}"]
    return lines + _flags_in(o)


def _time_left() -> list[str]:
    """`%limit` is the deadline on the scale of `acc`."""
    return [
        "  %started = load i64, ptr %cycles_state",
        "  %due = load i64, ptr %deadline",
        "  %some = icmp ult i64 %started, %due",
        "  %gap = sub i64 %due, %started",
        "  %left = select i1 %some, i64 %gap, i64 0",
        f"  %most = call i64 @llvm.umin.i64(i64 %left, i64 {LONGEST_VISIT})",
        f"  %limit = shl i64 %most, {COUNT_BITS}",
    ]


def _flags_in(o: LlvmOps) -> list[str]:
    """Flags as words that give them: see slots.FLAG_WORDS."""
    lines = []
    for slot in sorted(o.used & FLAGS):
        lines += [_word(f"%p{slot}", slot), f"  %i{slot} = load i32, ptr %p{slot}"]
        lines += [f"  %{name} = alloca i32" for name in FLAG_WORDS[slot]]
        words = [f"%f{slot}", "0", "0"]
        if slot == st.Z:
            lines.append(f"  %f{slot} = xor i32 %i{slot}, 1")
        elif slot == st.C:
            words = [f"%i{slot}", "1"]
        else:
            lines.append(f"  %f{slot} = shl i32 %i{slot}, 31")
        lines += [
            f"  store i32 {word}, ptr %{name}" for name, word in zip(FLAG_WORDS[slot], words, strict=False)
        ]
    return lines


def _epilogue(o: LlvmOps) -> list[str]:
    lines = [
        "  %acc_n = load i64, ptr %acc",
        f"  %passed = ashr i64 %acc_n, {COUNT_BITS}",
        "  %ended = add i64 %started, %passed",
        "  store i64 %ended, ptr %cycles_state",
        f"  %done_n = and i64 %acc_n, {(1 << COUNT_BITS) - 1}",
        "  %count_0 = load i64, ptr %count_state",
        "  %count_n = add i64 %count_0, %done_n",
        "  store i64 %count_n, ptr %count_state",
    ]
    if o.waits_for_fpu:
        lines += ["  %fpu_3 = load i64, ptr %fpu", f"  %fpu_4 = lshr i64 %fpu_3, {COUNT_BITS}"]
        lines += ["  %fpu_5 = add i64 %fpu_4, %started", "  %later = icmp ugt i64 %fpu_3, %fpu_2"]
        lines += ["  %fpu_6 = select i1 %later, i64 %fpu_5, i64 %fpu_0", "  store i64 %fpu_6, ptr %fpu_state"]
    if not o.promote:
        return lines
    for name, slot in _LEAVING.items():
        lines += [_word(f"%{name}_p", slot), f"  %{name}_n = load i32, ptr %{name}"]
        lines.append(f"  store i32 %{name}_n, ptr %{name}_p")
    for slot in sorted(o.used - FLAGS):
        lines += [f"  %o{slot} = load i32, ptr %s{slot}", f"  store i32 %o{slot}, ptr %p{slot}"]
    return lines + _flags_out(o)


def _flags_out(o: LlvmOps) -> list[str]:
    lines, o.lines = o.lines, []
    for slot in sorted(o.used & FLAGS):
        words = [o.emit(f"load i32, ptr %{name}") for name in FLAG_WORDS[slot]]
        truth = o.emit(f"zext i1 {o.flag_of(slot, *words)} to i32")
        o.do(f"store i32 {truth}, ptr %p{slot}")
    lines, o.lines = o.lines, lines
    return lines


def _word(name: str, slot: int) -> str:
    return f"  {name} = getelementptr i32, ptr %state, i64 {slot}"


def _wide(name: str, slot: int) -> str:
    return f"  {name} = getelementptr i64, ptr %state, i64 {slot}"
