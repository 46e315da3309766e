"""Contrastive predictive coding (van den Oord et al. 2018, arXiv:1807.03748, section 3.3).

Version 2 is Henaff et al. 2020, arXiv:1905.09272, section 3. An image is cut into a grid of
patches that overlap by half; the encoder (`patch-grid`) encodes each by itself, and what it makes
of a patch is z after one linear layer. A context c over the rows above predicts the patches k rows
below through a matrix W_k; the true patch must win against others:
    loss = mean of -log( e^{z_(i+k,j) W_k c_ij} / sum over candidates e^{z W_k c_ij} )   (eq. 4).
With `directions` 4 the grid is also read from the other three sides, each with a context and
matrices of its own (v2). Batch norm would tell which patches belong together (v2, section 3.1):
give the network layer norm; with batch norm the patches of one row share statistics here.
Patches of one image have one light and one palette, by which they are found without looking at
what they show. v1 therefore turns all images grey; v2 changes each patch by itself, above all by
dropping two of its three colours (section 3.1), which `drop_colours` and `tint` do while training.
The presets drop them in half of the patches, so that the encoder also meets the coloured ones that
it is used on: with grey images alone, neighbours of CIFAR-10 gained .009 in 600 steps.

Departures: residual masked convolutions instead of a PixelCNN; logits are divided by the
root of the width, as attention does; candidates are all patches in the same row of all images in
the batch, up to `negatives`; predictions start `first_step` rows below, where patches no longer
overlap; patches are neither shifted (v1) nor flipped, sheared or deformed (v2) by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.errors import RecipeError
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import ObjectiveSpec
from sslstudio.engine.decoder import PixelScale
from sslstudio.engine.modes import full_precision
from sslstudio.engine.parts import Anchor, Batch, BuildContext, Objective, TrainingImages
from sslstudio.engine.patch_changes import PatchChange
from sslstudio.engine.patch_context import RowContext, turned
from sslstudio.engine.patch_rows import cut_patches, patch_encoder, rows_of

SHOWN: Final = 8
PREDICTED: Final = "Predicted patch"
GAP: Final = 1


class CpcSpec(ObjectiveSpec):
    """Predict the patches further down from those above."""

    kind: Literal["cpc"] = "cpc"
    needs_patch_grid: ClassVar[bool] = True
    chain: ClassVar[tuple[str, ...]] = ("embed", "contexts", "predictors")
    has_batch_negatives: ClassVar[bool] = True
    directions: Annotated[
        Literal[1, 4], Ui("Directions", "1 reads from top to bottom, 4 from every side (v2).")
    ] = 1
    dim: Annotated[
        int,
        Range(16, 4096, log=True),
        Ui("Dimensions", "Width in which patches are compared.", unit="units"),
    ] = 128
    layers: Annotated[int, Range(1, 12), Ui("Context layers", "Rows that the context sees.")] = 3
    first_step: Annotated[
        int,
        Range(1, 5),
        Ui("First step", "Rows down to the nearest patch that is predicted.", unit="rows"),
    ] = 2
    last_step: Annotated[
        int,
        Range(1, 8),
        Ui("Last step", "Rows down to the farthest one, if the grid has so many.", unit="rows"),
    ] = 4
    negatives: Annotated[
        int,
        Range(16, 65_536, log=True),
        Ui("Candidates", "Patches that the true one is told from, at most.", unit="patches"),
    ] = 1024
    drop_colours: Annotated[
        float,
        Range(0.0, 1.0),
        Ui(
            "Drop colours",
            "Share of the patches that keep one channel only, so that colours give no match away.",
            unit="share",
            live=True,
        ),
    ] = 0.0
    tint: Annotated[
        float,
        Range(0.0, 2.0),
        Ui(
            "Patch tint",
            "How far each patch's contrast and level change, in every channel by themselves.",
            unit="deviations",
            live=True,
        ),
    ] = 0.0


class Guess(NamedTuple):
    """A row of patches, and the number of the wanted and of the chosen one among all of theirs."""

    row: int
    truth: Tensor  # (images,)
    answer: Tensor  # (images,)


class Cpc(Objective):
    """Encoder over patches, contexts and matrices that predict downwards."""

    def __init__(self, spec: CpcSpec, context: BuildContext) -> None:
        super().__init__()
        self.spec = spec
        self.encoder = context.require_encoder()
        self.patch = patch_encoder(self.encoder).patch
        self.scale = PixelScale(context)
        self.batch_size = context.batch_size
        self.columns = rows_of(context.view_size, self.patch)
        self.embed = nn.Linear(self.encoder.dim, spec.dim)
        self.contexts = nn.ModuleList(
            [RowContext(spec.dim, spec.layers) for _ in range(spec.directions)]
        )
        steps = range(spec.first_step, max(spec.first_step, spec.last_step) + 1)
        self.steps = tuple(steps)
        self.predictors = nn.ModuleList(
            [
                nn.ModuleList([nn.Linear(spec.dim, spec.dim, bias=False) for _ in self.steps])
                for _ in range(spec.directions)
            ]
        )

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Return the loss and how often the true patch comes first."""
        del player
        found = [self._predicted(self._grid(view, self._changed)) for view in batch.views]
        loss, hits = (torch.stack(values).mean() for values in zip(*found, strict=True))
        return {"loss": loss, "accuracy": hits}

    @property
    def change(self) -> PatchChange:
        """What happens to single patches in training."""
        return PatchChange(self.spec.drop_colours, self.spec.tint)

    def _changed(self, patches: Tensor) -> Tensor:
        """Return patches as they are shown in training  # (..., channels, side, side)."""
        if not self.training:
            return patches
        return self.change.changed(patches, self.change.numbers(patches))

    def _grid(self, view: Tensor, change: Callable[[Tensor], Tensor] | None = None) -> Tensor:
        """Return the representation of every patch  # (batch, dim, rows, columns), fp32."""
        vectors = patch_encoder(self.encoder).grid(view, change).movedim(1, 3)
        embedded: Tensor = self.embed(vectors)
        return embedded.float().movedim(3, 1)

    def _predicted(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        losses, hits = [], []
        for number, (context, predictors) in enumerate(
            zip(self.contexts, self.predictors, strict=True)
        ):
            seen = turned(grid, number)
            known = context(seen)
            for step, predictor in zip(self.steps, _modules(predictors), strict=True):
                if step >= seen.shape[2]:
                    continue
                asked = predictor(known[:, :, :-step].movedim(1, 3))  # (b, rows, columns, dim)
                loss, hit = self._contest(asked, seen[:, :, step:].movedim(1, 3))
                losses.append(loss)
                hits.append(hit)
        return torch.stack(losses).mean(), torch.stack(hits).mean()

    def _contest(self, asked: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
        """Return loss and hit rate; a prediction competes with the patches of its own row."""
        scale = math.sqrt(self.spec.dim)
        losses, hits = [], []
        with full_precision(asked):
            for row in range(asked.shape[1]):
                queries, keys = asked[:, row].flatten(0, 1).float(), true[:, row].flatten(0, 1)
                limit = min(len(queries), self.spec.negatives)
                for some, theirs in zip(queries.split(limit), keys.split(limit), strict=True):
                    if len(some) < limit:
                        break  # fewer candidates would be an easier question
                    logits = some @ theirs.T / scale
                    wanted = torch.arange(limit, device=logits.device)
                    losses.append(F.cross_entropy(logits, wanted))
                    hits.append((logits.argmax(dim=1) == wanted).float().mean())
        return torch.stack(losses).mean(), torch.stack(hits).mean()

    def anchors(self) -> tuple[Anchor, ...]:
        """Return what blind predictions cost."""
        candidates = min(self.spec.negatives, self.batch_size * self.columns)
        meaning = "All candidate patches look equally likely."
        return (
            Anchor(
                term="loss",
                label=f"ln {candidates:,}",
                value=math.log(candidates),
                meaning=meaning,
                kind="chance",
            ),
        )

    def before_epoch(self, epoch: int, images: TrainingImages, generator: torch.Generator) -> None:
        """Learn how the run normalises, to show patches as pictures."""
        del generator
        if epoch == 0:
            self.scale.observe(images)

    def stimulus(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return the patches side by side, every second one, as they are changed in training."""
        patches = cut_patches(batch.views[0][:SHOWN], self.patch)[:, ::2, ::2]
        numbers = self.change.numbers(patches, torch.Generator().manual_seed(0))
        shown = self.change.changed(patches, numbers)
        pixels = self.scale.pixels(shown.flatten(0, 2)).unflatten(0, shown.shape[:3])
        return {"Patches": _laid_out(pixels)}

    def live(self) -> Mapping[str, nn.Module]:
        """Return this objective, whose changes of patches may be turned while training."""
        return {"objective": self}

    def exhibit(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return, for a place in the middle, the true patch and the one that is predicted."""
        view = batch.views[0][:SHOWN]
        guess = self._guess(view)
        patches = self.scale.pixels(cut_patches(view, self.patch)[:, guess.row].flatten(0, 1))
        size = list(view.shape[-2:])
        return {
            "View": self.scale.pixels(view),
            "True patch below": F.interpolate(patches[guess.truth], size),
            PREDICTED: F.interpolate(patches[guess.answer], size),
        }

    def hits(self, batch: Batch, /) -> dict[str, Tensor]:
        """Return which patches are predicted rightly, among all of their row  # (pictures,)."""
        guess = self._guess(batch.views[0][:SHOWN])
        return {PREDICTED: guess.answer == guess.truth}

    def _guess(self, view: Tensor) -> Guess:
        """Return what the place below the middle of each view is taken for."""
        grid = self._grid(view)
        step = self.steps[0]
        known = self.contexts[0](grid)
        row, column = (grid.shape[2] - step) // 2, grid.shape[3] // 2
        asked = _modules(self.predictors[0])[0](known[:, :, row, column])
        candidates = grid[:, :, row + step].movedim(1, 2).flatten(0, 1)  # (b x columns, dim)
        answer = (asked @ candidates.T).argmax(dim=1)
        truth = torch.arange(len(view), device=answer.device) * grid.shape[3] + column
        return Guess(row + step, truth, answer)


def _modules(modules: nn.Module) -> list[nn.Module]:
    return list(modules.children())


def _laid_out(patches: Tensor) -> Tensor:
    """Return patches with a gap of black between them  # (b, r, k, c, s, s) -> (b, c, h, w)."""
    spaced = F.pad(patches, (0, GAP, 0, GAP))
    rows = torch.cat(list(spaced.unbind(dim=2)), dim=-1)
    return torch.cat(list(rows.unbind(dim=1)), dim=-2)


def build(spec: CpcSpec, context: BuildContext) -> Cpc:
    """Return the objective over patches of the run's views; RecipeError if it has no question."""
    side = patch_encoder(context.require_encoder()).patch
    rows = rows_of(min(context.view_sizes or (context.view_size,)), side)
    if spec.first_step >= rows:
        raise RecipeError(
            f"objective.first_step: patches of {side} px leave {rows} rows in the views, none of "
            f"which lies {spec.first_step} rows below another.",
            "Choose smaller patches in the encoder, larger views or a nearer first step.",
        )
    return Cpc(spec, context)


ENTRY = Entry(
    title="Predictive coding",
    spec=CpcSpec,
    build=build,
    summary="Patches further down are predicted from those above, against other patches.",
    citation="van den Oord et al. 2018, arXiv:1807.03748; Henaff et al. 2020, arXiv:1905.09272",
)
