"""What a map is asked for and what comes back; plain values, for the worker starts on them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sslstudio.domain.errors import InputError


@dataclass(frozen=True, slots=True)
class Limits:
    """How one setting presents itself to a person, and the values it may take."""

    label: str
    low: float
    high: float
    help: str


def _setting(default: Any, label: str, low: float, high: float, explanation: str) -> Any:
    limits = Limits(label, low, high, explanation)
    return dataclasses.field(default=default, metadata={"limits": limits})


def _seed() -> Any:
    explanation = "The same seed draws the same map again."
    return _setting(0, "Seed", 0, 2**31 - 1, explanation)


@dataclass(frozen=True, slots=True)
class PcaSettings:
    """The two directions in which the embeddings vary most; distances stay honest."""

    method: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA"


@dataclass(frozen=True, slots=True)
class TsneSettings:
    """A map that keeps near neighbours together; the first half of it runs exaggerated."""

    method: ClassVar[str] = "tsne"
    title: ClassVar[str] = "t-SNE"

    perplexity: float = _setting(
        30.0, "Perplexity", 2, 200, "About how many neighbours each point listens to."
    )
    exaggeration: float = _setting(
        1.0, "Exaggeration", 1, 30, "Attraction kept to the end; 4 looks like UMAP."
    )
    iterations: int = _setting(
        500, "Iterations", 50, 5000, "Steps in all, at most 250 of them exaggerated twelvefold."
    )
    seed: int = _seed()


@dataclass(frozen=True, slots=True)
class UmapSettings:
    """A map of the neighbour graph; quicker than t-SNE, with denser clusters."""

    method: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"

    neighbours: int = _setting(
        15, "Neighbours", 2, 200, "How many neighbours tie a point down; more shows the whole."
    )
    minimum_distance: float = _setting(
        0.1, "Minimum distance", 0.0, 0.99, "How closely points may be packed on the map."
    )
    seed: int = _seed()


MapSettings = PcaSettings | TsneSettings | UmapSettings

METHODS: tuple[type[MapSettings], ...] = (PcaSettings, TsneSettings, UmapSettings)


@dataclass(frozen=True, slots=True)
class MapResult:
    """A finished map, with how far it can be trusted."""

    points: np.ndarray
    """float32 (n, 2)."""
    trustworthiness: float
    """1 if no point has a neighbour on the map that is far in the embedding."""
    neighbours_kept: float
    """The share of each point's ten nearest in the embedding that stay nearest on the map."""
    seconds: float
    method: str


def limits_of(settings: MapSettings | type[MapSettings]) -> dict[str, Limits]:
    """Return the limits of every setting by name, in the order in which they are shown."""
    return {field.name: field.metadata["limits"] for field in dataclasses.fields(settings)}


def checked(settings: MapSettings) -> MapSettings:
    """Return the settings; InputError if one of them is out of its limits."""
    for name, limits in limits_of(settings).items():
        value = getattr(settings, name)
        if not limits.low <= value <= limits.high:
            raise InputError(
                f"{settings.title}: {limits.label.lower()} is {value:g}.",
                f"Choose a value from {limits.low:g} to {limits.high:g}.",
            )
    return settings


def as_json(settings: MapSettings) -> dict[str, Any]:
    """Return the settings as JSON values, with the method that they belong to."""
    return {"method": settings.method, **dataclasses.asdict(settings)}


def from_json(values: dict[str, Any]) -> MapSettings:
    """Return the settings that `as_json` wrote down."""
    by_name = {kind.method: kind for kind in METHODS}
    kind = by_name[values["method"]]
    return kind(**{name: values[name] for name in limits_of(kind)})
