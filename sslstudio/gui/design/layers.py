"""The layers that can be kept, and what each means; no Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sslstudio.domain.problems import Fix, Problem
from sslstudio.domain.recipe import OUTPUT, PROJECTOR, Representation

MOST_NAMES: Final = 3
"""Layers that are named on the canvas; more are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of an encoder: its name in the recipe, its width, and the shape of its map."""

    name: str
    width: int
    map_words: str = ""
    """Rows and columns of the map that is pooled, such as `8 × 8`; empty where there is none."""

    @property
    def is_stage(self) -> bool:
        """True if a map is pooled."""
        return self.name not in (OUTPUT, PROJECTOR)


def kept_words(kept: Representation, width: str) -> str:
    """Return what hangs from the encoder, in a few words."""
    layers = kept.layers
    if len(layers) > MOST_NAMES:
        name = f"{len(layers)} layers"
    elif len(layers) > 1:
        name = " + ".join({OUTPUT: "h", PROJECTOR: "z"}.get(layer, layer) for layer in layers)
    else:
        whole = {OUTPUT: "representation h", PROJECTOR: "projection z"}
        name = whole.get(kept.layer, f"{kept.layer}, pooled")
    return f"{name} · {width}, kept" if width else f"{name}, kept"


def kept_width(kept: Representation, layers: Sequence[Layer]) -> str:
    """Return how many numbers are kept of an image; empty while a layer is not known."""
    widths = {
        layer.name: layer.width * (2 if layer.is_stage and kept.pooling == "both" else 1)
        for layer in layers
    }
    known = [widths[name] for name in kept.layers if name in widths]
    return f"{sum(known):,}" if len(known) == len(kept.layers) else ""


def layer_title(layer: Layer) -> str:
    """Return a layer's name and width."""
    named = {OUTPUT: "Output h", PROJECTOR: "Projector z"}
    name = named.get(layer.name) or layer.name.replace("_", " ").capitalize()
    return f"{name} · {layer.width:,} numbers"


def layer_meaning(layers: Sequence[Layer], number: int) -> str:
    """Return what one of the layers, given in order, is good for."""
    layer = layers[number]
    if layer.name == OUTPUT:
        return (
            "What the method's authors keep. It knows most of what the task asks for, and may "
            "have forgotten what the views change."
        )
    if layer.name == PROJECTOR:
        return (
            "What the loss compares. It has forgotten most of what the views change, which is why "
            "the output before it usually serves better."
        )
    pooled = f"A map of {layer.map_words} places, pooled. " if layer.map_words else ""
    return pooled + _depth_words(number, sum(known.is_stage for known in layers))


def _depth_words(number: int, stages: int) -> str:
    share = (number + 1) / stages
    if share <= 1 / 3:
        return "Early: edges, colours and fine textures; keeps place and colour."
    if share <= 2 / 3:
        return "Middle: textures and parts; often best for rotation, jigsaw and other puzzles."
    return "Late: whole objects; close to the output, before its last pooling."


def missing_layer(kept: Representation, layers: Sequence[Layer]) -> Problem | None:
    """Return what is wrong if a kept layer is none of the encoder's; None if all are."""
    # Whether there is a projector is the recipe's own affair, and its check says so.
    known = {layer.name for layer in layers} | {PROJECTOR}
    missing = next((name for name in kept.layers if layers and name not in known), None)
    if missing is None:
        return None
    rest = tuple(name for name in kept.layers if name in known) or (OUTPUT,)
    words = "Keep the output" if rest == (OUTPUT,) else f"Keep {' and '.join(rest)}"
    return Problem(
        "representation.layer" if missing == kept.layer else "representation.also",
        "error",
        f"This encoder has no layer {missing!r}.",
        Fix(words, (("representation.layer", rest[0]), ("representation.also", rest[1:]))),
    )
