"""Any backbone of the timm library by its name (Wightman 2019, doi:10.5281/zenodo.4414861).

Departures: none of timm's networks is changed but for its classifier, which is left out; input
channels and image size are those of the run, and weights are drawn at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Ui
from sslstudio.domain.spec import EncoderSpec
from sslstudio.engine.parts import BuildContext, Encoder


class TimmSpec(EncoderSpec):
    """A backbone from timm, untrained."""

    kind: Literal["timm"] = "timm"
    name: Annotated[
        str, Ui("Name", "A model name of the timm library, such as `resnet10t` or `convnext_atto`.")
    ] = "resnet10t"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a timm model arranges its features: channels first, channels last, or as tokens."""

    channels: int
    axis: int
    """Of the channels."""
    grid: tuple[int, int] | None
    """Rows and columns of the model's own tokens, of which there are others in images of another
    size; None where there are maps."""
    extra_tokens: int
    """Class and register tokens before the patches'."""

    @classmethod
    def of(cls, network: Any, features: Tensor) -> Layout:
        """Return how these features of a model are arranged."""
        extra = int(getattr(network, "num_prefix_tokens", 0))
        if features.ndim == 3:
            grid = getattr(getattr(network, "patch_embed", None), "grid_size", None)
            return cls(features.shape[2], 2, grid or (0, 0), extra)
        last = features.shape[1] != network.num_features == features.shape[-1]
        axis = features.ndim - 1 if last else 1
        return cls(features.shape[axis], axis, None, 0)

    def as_map(self, features: Tensor) -> Tensor:
        """Return features as timm gives them as a map  # -> (batch, channels, height, width)."""
        if self.grid is None:
            return features.movedim(self.axis, 1)
        patches: Tensor = features[:, self.extra_tokens :].transpose(1, 2)
        return patches.reshape(*patches.shape[:2], *_arranged(patches.shape[2], self.grid))

    def as_features(self, maps: Tensor) -> Tensor:
        """Return a map as timm gave it; for models without extra tokens."""
        if self.grid is None:
            return maps.movedim(1, self.axis)
        return maps.flatten(2).transpose(1, 2)


class TimmEncoder(Encoder):
    """A timm model without its classifier; models of one fixed input size get resized images."""

    def __init__(self, network: Any, *, dim: int, layout: Layout, fixed_size: int | None) -> None:
        super().__init__()
        self.network = network
        self.dim = dim
        self.layout = layout
        self.extra_tokens = layout.extra_tokens
        self.stage_dims = {"features": layout.channels}
        if self.extra_tokens:
            self.stage_dims["class"] = dim
        self.fixed_size = fixed_size

    def stages(self, images: Tensor) -> dict[str, Tensor]:
        """Return the last feature map  # (batch, channels, height, width).

        Where there are a class token or registers, what timm pools from all tokens comes after
        it, as a map of one position.
        """
        if self.fixed_size is not None and images.shape[-1] != self.fixed_size:
            side = [self.fixed_size, self.fixed_size]
            images = F.interpolate(images, side, mode="bilinear", antialias=True)
        features = self.network.forward_features(images)
        maps = {"features": self.layout.as_map(features)}
        if self.extra_tokens:
            maps["class"] = self._pooled(features)[:, :, None, None]
        return maps

    def pool(self, features: Tensor) -> Tensor:
        """Return timm's pooled representation  # (batch, dim)."""
        if self.extra_tokens:
            return features.flatten(1)
        return self._pooled(self.layout.as_features(features))

    def _pooled(self, features: Tensor) -> Tensor:
        pooled: Tensor = self.network.forward_head(features, pre_logits=True)
        return pooled

    def attention(self, images: Tensor, /) -> Tensor | None:
        """Return the last block's attention; None where timm's model is no plain transformer.

        # (batch, heads, tokens, tokens), class and register tokens before the patches
        """
        layer = _last_attention(self.network)
        if layer is None:
            return None
        seen: list[Tensor] = []
        handle = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        try:
            self.stages(images)
        finally:
            handle.remove()
        return _weights(layer, seen[0])


def _arranged(patches: int, own: tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of so many patches: the model's own, or a square."""
    if math.prod(own) == patches:
        return own
    side = math.isqrt(patches)
    return (side, side) if side**2 == patches else (patches, 1)


def _last_attention(network: Any) -> Any:
    """Return the last block's attention where it is a softmax of queries and keys alone."""
    from timm.layers.attention import Attention

    blocks = getattr(network, "blocks", None)
    layer = getattr(blocks[-1], "attn", None) if isinstance(blocks, nn.Sequential) else None
    return layer if type(layer) is Attention else None


def _weights(layer: Any, tokens: Tensor) -> Tensor:
    parts = layer.qkv(tokens).unflatten(2, (3, layer.num_heads, -1)).permute(2, 0, 3, 1, 4)
    queries, keys = layer.q_norm(parts[0]), layer.k_norm(parts[1])
    scores: Tensor = queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[3])
    return scores.float().softmax(dim=3)


def build(spec: TimmSpec, context: BuildContext) -> TimmEncoder:
    """Return an untrained backbone; RecipeError if timm has none of that name or it cannot run."""
    import timm

    if spec.name not in timm.list_models():
        close = timm.list_models(f"*{spec.name[:6]}*")[:5]
        raise RecipeError(
            f"encoder.name: timm has no model called {spec.name!r}.",
            f"Close names: {', '.join(close)}." if close else "See timm's list of models.",
        )
    network = timm.create_model(spec.name, num_classes=0, in_chans=context.channels)
    resizable = hasattr(network, "set_input_size")
    try:
        if resizable:
            network.set_input_size(img_size=(context.view_size, context.view_size))
        dim, layout = _output(network, context)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise RecipeError(
            f"encoder.name: {spec.name} cannot take views of {context.view_size} px ({error}).",
            "Choose larger views or another backbone.",
        ) from error
    fixed = context.view_size if resizable else None
    return TimmEncoder(network.train(), dim=dim, layout=layout, fixed_size=fixed)


def _output(network: Any, context: BuildContext) -> tuple[int, Layout]:
    """Return the width of what timm pools, and how it arranges what it pools from."""
    probe = torch.zeros(2, context.channels, context.view_size, context.view_size)
    network.eval()
    with torch.no_grad():
        features = network.forward_features(probe)
        if not isinstance(features, Tensor):
            raise RecipeError(
                "encoder.name: this network gives several maps at once, of which none is the last.",
                "Choose another backbone.",
            )
        pooled = network.forward_head(features, pre_logits=True)
    return pooled.shape[1], Layout.of(network, features)


ENTRY = Entry(
    title="timm backbone",
    spec=TimmSpec,
    build=build,
    summary="Any network of the timm library, by name, untrained.",
    citation="Wightman 2019, doi:10.5281/zenodo.4414861",
)
