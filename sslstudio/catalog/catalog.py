"""The whole catalogue as one immutable value, passed to whoever needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sslstudio.catalog import (
    augmentations,
    encoders,
    heads,
    losses,
    monitors,
    objectives,
    optimizers,
    similarities,
    targets,
)
from sslstudio.catalog.entry import Entry, collect
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import Kinds, Spec, UnknownSpec
from sslstudio.engine.parts import BuildContext

PACKAGES = (
    augmentations,
    encoders,
    heads,
    targets,
    similarities,
    losses,
    objectives,
    monitors,
    optimizers,
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every choice by family and kind."""

    families: Mapping[str, Mapping[str, Entry]]

    @property
    def kinds(self) -> Kinds:
        """Spec types by family and kind, the validator's context."""
        return {
            family: {kind: entry.spec for kind, entry in entries.items()}
            for family, entries in self.families.items()
        }

    def entries(self, family: str) -> Mapping[str, Entry]:
        """Return the choices of a family by kind."""
        return self.families[family]

    def entry(self, spec: Spec) -> Entry:
        """Return the entry that a spec belongs to; RecipeError for a kind this build lacks."""
        if isinstance(spec, UnknownSpec):
            raise RecipeError(
                f"This build has no {spec.kind!r} among the {spec.missing_family}.",
                "Update sslstudio or choose another part.",
            )
        return self.families[spec.family][spec.kind]

    def build(self, spec: Spec, context: BuildContext) -> Any:
        """Return the working part that a spec describes."""
        return self.entry(spec).build(spec, context)


def load_catalog() -> Catalog:
    """Return the catalogue of this build."""
    return Catalog(
        MappingProxyType(
            {package.__name__.rpartition(".")[2]: collect(package) for package in PACKAGES}
        )
    )
