"""What of a module can change a number: its code without the words and checks for a person."""

from __future__ import annotations

import ast
from collections.abc import Iterator

WORDS = frozenset({"citation", "group", "how_to_read", "label", "meaning", "summary", "title"})
"""Keyword arguments that hold what a person reads."""
WORDY = frozenset({"Fix", "Problem", "Ui"})
"""Calls that hold nothing else."""
CHECKS = ("doubts", "contradictions")
"""How functions begin that only `check` asks, before anything runs."""


def meaning(source: str, read: frozenset[str]) -> ast.Module:
    """Return a module's tree without comments, words, checks and what only those need.

    `read` holds the names that code which makes numbers reads from objects: a class variable that
    is not among them is there for `check` or the window.
    """
    stripped: ast.Module = _Meaning(read).visit(ast.parse(source))
    used = {node.id for node in ast.walk(stripped) if isinstance(node, ast.Name)}
    used |= {name for node in ast.walk(stripped) for name in _quoted(node)}
    stripped.body = [kept for node in stripped.body if (kept := _only(node, used)) is not None]
    return stripped


def names_read(source: str) -> Iterator[str]:
    """Yield every name that a module's code reads from objects, checks left out."""
    for node in ast.walk(_Meaning(None).visit(ast.parse(source))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        yield from _quoted(node)


def form(part: object) -> str:
    """Return a tree's types and values in words that are the same in every Python.

    Later Pythons know more fields; those are empty in code that an earlier one reads.
    """
    if isinstance(part, list):
        return f"[{','.join(map(form, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    filled = [f"{n}={form(v)}" for n, v in ast.iter_fields(part) if v is not None and v != []]
    return f"{type(part).__name__}({','.join(filled)})"


class _Meaning(ast.NodeTransformer):
    def __init__(self, read: frozenset[str] | None) -> None:
        self._read = read

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if getattr(node.func, "id", "") in WORDY:
            return ast.Call(func=node.func, args=[], keywords=[])
        node.keywords = [word for word in node.keywords if word.arg not in WORDS]
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Leave the kind of an error, without what it says."""
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return ast.Raise(exc=kind)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name.startswith(CHECKS) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if self._is_unread(node) else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def _is_unread(self, node: ast.AnnAssign) -> bool:
        if self._read is None or not isinstance(node.target, ast.Name):
            return False
        return "ClassVar" in ast.unparse(node.annotation) and node.target.id not in self._read


def _quoted(node: ast.AST) -> Iterator[str]:
    """Yield what a string may name: `getattr(spec, "dim")`, or an annotation in quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _only(node: ast.stmt, used: set[str]) -> ast.stmt | None:
    """Return a statement; of an import only what is used, and None if that is nothing."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    node.names = [name for name in node.names if _bound(name) in used]
    return node if node.names else None


def _bound(name: ast.alias) -> str:
    return name.asname or name.name.partition(".")[0]
