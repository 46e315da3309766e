"""Which code a recipe's numbers depend on, as one hash that comments and words do not change."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sslstudio.domain.check import parts_of
from sslstudio.domain.recipe import Recipe

ROOT = Path(__file__).parent.parent
COUNTED = ("sslstudio.catalog.", "sslstudio.engine.")
INTERFACES = frozenset(
    {"sslstudio.engine.parts", "sslstudio.engine.joint", "sslstudio.engine.plan"}
)
"""Declarations that every part imports; what they declare shows in the files that use them."""
SHARED = ("sslstudio.engine.optimise", "sslstudio.engine.views", "sslstudio.engine.sampling")
"""What moves every recipe's weights, beside its parts."""


def recipe_hash(recipe: Recipe) -> str:
    """Return a hash of the recipe and of the code of its parts."""
    modules = {type(part).__module__ for _, part in parts_of(recipe)}
    code = {name: _meaning(name) for name in sorted(_reachable({*modules, *SHARED}))}
    content = json.dumps([recipe.model_dump(mode="json"), code], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _reachable(modules: set[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found or name in INTERFACES or not _is_ours(name):
            continue
        found.add(name)
        waiting.extend(_imports(name))
    return found


def _is_ours(name: str) -> bool:
    return name.startswith(COUNTED) and _file(name).is_file()


def _file(name: str) -> Path:
    return ROOT.joinpath(*name.split(".")).with_suffix(".py")


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(_file(name).read_text(encoding="utf-8"))


def _imports(name: str) -> Iterator[str]:
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _meaning(name: str) -> str:
    """Return a hash of a module without comments, docstrings and layout."""
    tree = ast.parse(_file(name).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [item for item in body if not _is_text(item)] or [ast.Pass()]
    return hashlib.sha256(_form(tree).encode()).hexdigest()[:16]


def _form(part: object) -> str:
    """Return a tree's types and values in words that are the same in every Python.

    Later Pythons know more fields; those are empty in code that an earlier one reads.
    """
    if isinstance(part, list):
        return f"[{','.join(map(_form, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    filled = [f"{n}={_form(v)}" for n, v in ast.iter_fields(part) if v is not None and v != []]
    return f"{type(part).__name__}({','.join(filled)})"


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
