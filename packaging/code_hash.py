"""Which code a recipe's numbers depend on, as one hash that comments and words do not change."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from code_meaning import form, meaning, names_read

from sslstudio.domain.check import parts_of
from sslstudio.domain.recipe import Recipe

ROOT = Path(__file__).parent.parent
COUNTED = ("sslstudio.catalog.", "sslstudio.engine.")
INTERFACES = frozenset(
    {"sslstudio.engine.parts", "sslstudio.engine.joint", "sslstudio.engine.plan"}
)
"""Declarations that every part imports; what they declare shows in the files that use them."""
MAKERS = ("domain", "engine", "catalog", "services")
"""Where a class variable of a part may be read and change what a run does."""
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


def _source(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _file(name: str) -> Path:
    return ROOT.joinpath(*name.split(".")).with_suffix(".py")


@cache
def _tree(name: str) -> ast.Module:
    return meaning(_source(_file(name)), _names_read())


def _imports(name: str) -> Iterator[str]:
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _meaning(name: str) -> str:
    return hashlib.sha256(form(_tree(name)).encode()).hexdigest()[:16]


@cache
def _names_read() -> frozenset[str]:
    """Return what code that makes numbers reads from objects, anywhere in the package."""
    package = ROOT / "sslstudio"
    files = (file for layer in MAKERS for file in (package / layer).rglob("*.py"))
    sources = (_source(file) for file in files if not _only_checks(file))
    return frozenset(name for source in sources for name in names_read(source))


def _only_checks(file: Path) -> bool:
    return file.stem == "check" or file.stem.endswith("_checks")
