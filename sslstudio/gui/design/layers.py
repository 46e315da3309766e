"""The layers that can be kept, and what each means; no Qt here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sslstudio.domain.problems import Fix, Problem

OUTPUT = "encoder"
"""How a recipe names the encoder's own output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of an encoder: its name in the recipe, its width, and the shape of its map."""

    name: str
    width: int
    map_words: str = ""
    """Rows and columns of the map that is pooled, such as `8 × 8`; empty where there is none."""


def kept_words(layer: str, width: str) -> str:
    """Return what hangs from the encoder, in a few words."""
    name = "representation h" if layer == OUTPUT else f"{layer}, pooled"
    return f"{name} · {width}, kept" if width else f"{name}, kept"


def layer_title(layer: Layer) -> str:
    """Return a layer's name and width."""
    name = "Output h" if layer.name == OUTPUT else layer.name.replace("_", " ").capitalize()
    return f"{name} · {layer.width:,} numbers"


def layer_meaning(layers: Sequence[Layer], number: int) -> str:
    """Return what one of the layers, given in order and with the output last, is good for."""
    layer = layers[number]
    if layer.name == OUTPUT:
        return (
            "What the method's authors keep. It knows most of what the task asks for, and may "
            "have forgotten what the views change."
        )
    pooled = f"The mean over a map of {layer.map_words} places. " if layer.map_words else ""
    return pooled + _depth_words(number, len(layers) - 1)


def _depth_words(number: int, stages: int) -> str:
    share = (number + 1) / stages
    if share <= 1 / 3:
        return "Early: edges, colours and fine textures; keeps place and colour."
    if share <= 2 / 3:
        return "Middle: textures and parts; often best for rotation, jigsaw and other puzzles."
    return "Late: whole objects; close to the output, before its last pooling."


def missing_layer(layer: str, layers: Sequence[Layer]) -> Problem | None:
    """Return what is wrong if the kept layer is none of the encoder's; None if it is one."""
    if not layers or any(known.name == layer for known in layers):
        return None
    return Problem(
        "representation.layer",
        "error",
        f"This encoder has no layer {layer!r}.",
        Fix("Keep the output", (("representation.layer", OUTPUT),)),
    )
