"""Whether a text that Python 3 takes is Python 2.7 as well, and means the same: IronPython is 2.7.

No Python 2 is at hand where tests run (Debian has none any more), so what it lacks is looked for.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize

_LACKING = {
    ast.JoinedStr: "an f-string",
    ast.Nonlocal: "nonlocal",
    ast.YieldFrom: "yield from",
    ast.AsyncFunctionDef: "async",
    ast.Await: "await",
    ast.AnnAssign: "an annotation",
    ast.NamedExpr: "an assignment expression",
    ast.Match: "match",
    ast.Starred: "a starred expression",
}
_UNKNOWN = frozenset({"ascii", "breakpoint", "aiter", "anext", "__build_class__"})
_OTHERWISE = frozenset({"map", "filter", "zip", "range", "round", "input", "super", "exec", "print"})
"""Builtins whose meaning differs; `range` in a `for` does not."""


def complaints(text: str) -> list[str]:
    """What is no Python 2.7, or means something else there: a sentence each."""
    found = []
    head = text.split("\n")[:2]
    if not text.isascii() and not any(
        re.match(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", line) for line in head
    ):
        found.append("line 1: other characters than ASCII, and no coding line")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return [*found, f"line {error.lineno}: {error.msg}"]
    iterated = {id(node.iter) for node in ast.walk(tree) if isinstance(node, (ast.For, ast.comprehension))}
    for node in ast.walk(tree):
        found += [f"line {getattr(node, 'lineno', 0)}: {what}" for what in _of(node, iterated)]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NUMBER and "_" in token.string:
            found.append(f"line {token.start[0]}: an underscore in a number")
    return found


def _of(node: ast.AST, iterated: set[int]) -> list[str]:
    found = [what for kind, what in _LACKING.items() if isinstance(node, kind)]
    if isinstance(node, ast.Starred) and found and isinstance(node.ctx, ast.Load):
        found = []  # in a call; elsewhere Python 3 alone has it
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and any(
        isinstance(e, ast.Starred) for e in node.elts
    ):
        found.append("a starred expression")
    if isinstance(node, ast.Dict) and None in node.keys:
        found.append("** in a dictionary")
    if isinstance(node, ast.FunctionDef):
        arguments = node.args
        if arguments.kwonlyargs or arguments.posonlyargs:
            found.append("keyword-only or positional-only arguments")
        if node.returns or any(a.annotation for a in [*arguments.args, *arguments.kwonlyargs]):
            found.append("an annotation")
    if isinstance(node, ast.ClassDef):
        if node.keywords:
            found.append("metaclass=")
        if not node.bases:
            found.append("a class without a base is an old-style class")
    if isinstance(node, ast.Raise) and node.cause is not None:
        found.append("raise from")
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.MatMult)):
        found.append("/ divides integers otherwise")
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        found.append("bytes are str")
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    if called in _UNKNOWN or (called in _OTHERWISE and id(node) not in iterated):
        found.append(f"{called}() is another")
    return found
