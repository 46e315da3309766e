"""How a catalogue file presents itself, and how a family of files becomes a mapping."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any

from sslstudio.domain.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One choice: its title, its spec type and the function that builds the working part.

    `build(spec, context)` receives the spec and an `engine.parts.BuildContext`.
    """

    title: str
    spec: type[Spec]
    build: Callable[[Any, Any], Any]
    summary: str = ""
    citation: str = ""
    group: str = ""
    """Heading under which a long list shows this choice, such as `Colour`; empty for none."""

    @property
    def kind(self) -> str:
        """The word that names this choice in recipes."""
        return str(self.spec.model_fields["kind"].default)


def collect(package: ModuleType) -> Mapping[str, Entry]:
    """Return the entries of a package's files by kind; a kind that occurs twice is an error."""
    entries: dict[str, Entry] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        entry: Entry = module.ENTRY
        if entry.kind in entries:
            raise ValueError(f"{module.__name__}: the kind {entry.kind!r} is already taken.")
        entries[entry.kind] = entry
    return MappingProxyType(entries)
