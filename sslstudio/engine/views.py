"""Views: pipelines of batched operations, and the normalisation that ends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.spec import AugmentationSpec
from sslstudio.engine.imaging.operation import Operation, draw, float_copy, sent
from sslstudio.engine.imaging.placement import Placing, fused
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Augmentation, BuildContext

CHUNK = 3 << 18
"""Values worked on at a time on a CPU: 256 colour images of 32 px, 5 of 224 px. Larger pieces
leave the cache, smaller ones pay more for the calls than for the work."""
Draws = Mapping[tuple[str, int], Tensor]
"""The uniform numbers of operations, by their name and how many of that name stand before
# each (batch, numbers)."""
NO_DRAWS: Draws = MappingProxyType({})


class Normalise(Operation):
    """Takes the mean away and divides by the deviation, channel by channel.

    Images without augmentation first take the conversions that their pipeline makes in all images.
    """

    numbers = 0

    def __init__(
        self, mean: Sequence[float], std: Sequence[float], conversions: Sequence[Operation] = ()
    ) -> None:
        self.conversions = tuple(conversions)
        # Always real numbers on the CPU, also where an outline is made of shapes only.
        self.mean = torch.tensor(mean, dtype=torch.float32, device="cpu").view(1, -1, 1, 1)
        self.std = torch.tensor(std, dtype=torch.float32, device="cpu").view(1, -1, 1, 1)

    def change(self, images: Tensor, numbers: Tensor) -> Tensor:
        """Return normalised images; overwrites `images`."""
        del numbers
        return images.sub_(sent(self.mean, images.device)).div_(sent(self.std, images.device))

    def apply(self, images: Tensor) -> Tensor:
        """Return images, bytes or floats in [0, 1], as the encoder expects them."""
        images = float_copy(images)
        nothing = images.new_empty(images.shape[0], 0)  # export follows shapes, not lengths
        for conversion in self.conversions:
            images = conversion.change(images, nothing)
        return self.change(images, nothing)

    def invert(self, images: Tensor) -> Tensor:
        """Return normalised images in [0, 1] again; conversions stay."""
        return images * sent(self.std, images.device) + sent(self.mean, images.device)


class Pipeline:
    """Operations in order, drawn anew for every image of a batch."""

    def __init__(self, augmentations: Sequence[Augmentation], names: Sequence[str] = ()) -> None:
        self.augmentations = tuple(augmentations)
        self.names = tuple(names) or tuple(type(part).__name__ for part in augmentations)
        self.normalise = next((a for a in augmentations if isinstance(a, Normalise)), None)
        self._runs = tuple(_runs(self.augmentations, self.names))

    @classmethod
    def from_specs(cls, specs: Sequence[AugmentationSpec], context: BuildContext) -> Pipeline:
        """Return the pipeline that these specs describe, its operations named by their kinds.

        RecipeError if one stands after normalisation that needs images in [0, 1].
        """
        built: list[Augmentation] = []
        conversions: list[Operation] = []
        for spec in specs:
            part = context.build(spec)
            late = any(isinstance(earlier, Normalise) for earlier in built)
            if late and (isinstance(part, Normalise) or not spec.after_normalise):
                raise RecipeError(
                    f"{spec.kind!r} stands after normalisation, but works on values in [0, 1].",
                    "Move the normalisation to the end of the pipeline, and use only one.",
                )
            if spec.converts:
                # What the training images' channels were says nothing about the new ones.
                channels = spec.channels_after(context.channels)
                context = replace(context, channels=channels, channel_mean=(), channel_std=())
                conversions.append(part)
            built.append(part)
        pipeline = cls(built, [spec.kind for spec in specs])
        if conversions:
            found = pipeline.normalise or Normalise([0.0], [1.0])
            pipeline.normalise = Normalise(
                found.mean.flatten().tolist(), found.std.flatten().tolist(), conversions
            )
        return pipeline

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return one view of each image; bytes or floats in [0, 1] come in, floats come out."""
        return self.drawn(images, generator)[0]

    @torch.no_grad()
    def drawn(
        self, images: Tensor, generator: torch.Generator, shared: Draws = NO_DRAWS
    ) -> tuple[Tensor, Draws]:
        """Return one view of each image, and what was drawn for it.

        Operations that are named in `shared` take these draws and not their own. The generator
        moves on as if nothing was shared, so that all others stay as they were.
        """
        images = self._owned(images)
        draws: dict[tuple[str, int], Tensor] = {}
        with full_precision(images):
            for run in self._runs:
                images = run(images, generator, shared, draws)
        return images, draws

    @torch.no_grad()
    def steps(
        self, images: Tensor, generator: torch.Generator, shared: Draws = NO_DRAWS
    ) -> list[tuple[str, Tensor]]:
        """Return name and images after each operation.

        A generator in the same state gives the same draws, hence the same end, as a call does.
        """
        seen: list[Tensor] = []
        images = self._owned(images)
        with full_precision(images):
            for run in self._runs:
                for changed in run.steps(images, generator, shared):
                    images = changed
                    seen.append(changed.clone())
        return list(zip(self.names, seen, strict=True))

    def _owned(self, images: Tensor) -> Tensor:
        first = self.augmentations[0] if self.augmentations else None
        return images if isinstance(first, Placing) else float_copy(images)


class _OwnRun:
    """Neighbouring operations of our own kind: drawn together, worked on piece by piece."""

    def __init__(self, operations: Mapping[tuple[str, int], Operation]) -> None:
        self.keys = tuple(operations)
        self.operations = tuple(operations.values())
        self.fused = fused(self.operations)
        self.numbers = sum(operation.numbers for operation in self.operations)

    def __call__(
        self,
        images: Tensor,
        generator: torch.Generator,
        shared: Draws,
        draws: dict[tuple[str, int], Tensor],
    ) -> Tensor:
        numbers = self._numbers(images, generator, shared)
        draws.update(self._by_key(numbers))
        rows = len(images)
        if images.device.type == "cpu":
            rows = max(1, min(rows, CHUNK // images.shape[1:].numel()))
        pieces = [
            self._worked(piece, share)
            for piece, share in zip(images.split(rows), numbers.split(rows), strict=True)
        ]
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def steps(self, images: Tensor, generator: torch.Generator, shared: Draws) -> Iterator[Tensor]:
        """Yield the images after each operation."""
        numbers = self._numbers(images, generator, shared)
        for operation, share in _shares(self.operations, numbers):
            images = operation.change(images, share)
            yield images

    def _numbers(self, images: Tensor, generator: torch.Generator, shared: Draws) -> Tensor:
        numbers = draw(images, self.numbers, generator)
        for key, own in self._by_key(numbers):
            if key in shared:
                own.copy_(shared[key])
        return numbers

    def _by_key(self, numbers: Tensor) -> Iterator[tuple[tuple[str, int], Tensor]]:
        shares = _shares(self.operations, numbers)
        return ((key, share) for key, (_, share) in zip(self.keys, shares, strict=True))

    def _worked(self, images: Tensor, numbers: Tensor) -> Tensor:
        for operation, share in _shares(self.fused, numbers):
            images = operation.change(images, share)
        return images


class _ForeignRun:
    """An augmentation that draws for itself and sees the whole batch at once."""

    def __init__(self, augmentation: Augmentation) -> None:
        self.augmentation = augmentation

    def __call__(
        self,
        images: Tensor,
        generator: torch.Generator,
        _shared: Draws,
        _draws: dict[tuple[str, int], Tensor],
    ) -> Tensor:
        return self.augmentation(images, generator)

    def steps(self, images: Tensor, generator: torch.Generator, _shared: Draws) -> Iterator[Tensor]:
        """Yield the images after the augmentation."""
        yield self.augmentation(images, generator)


def _shares(operations: Sequence[Operation], numbers: Tensor) -> Iterator[tuple[Operation, Tensor]]:
    widths = [operation.numbers for operation in operations]
    return zip(operations, numbers.split(widths, dim=1), strict=True)


def _runs(
    augmentations: Sequence[Augmentation], names: Sequence[str]
) -> Iterator[_OwnRun | _ForeignRun]:
    own: dict[tuple[str, int], Operation] = {}
    before: Counter[str] = Counter()
    for name, augmentation in zip(names, augmentations, strict=True):
        if isinstance(augmentation, Operation):
            own[name, before[name]] = augmentation
            before[name] += 1
            continue
        if own:
            yield _OwnRun(own)
            own = {}
        yield _ForeignRun(augmentation)
    if own:
        yield _OwnRun(own)


def of_kinds(draws: Draws, kinds: Collection[str]) -> Draws:
    """Return the draws of the operations of these kinds."""
    return {key: numbers for key, numbers in draws.items() if key[0] in kinds}
