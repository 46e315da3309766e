"""Trained encoders, taken from a run's checkpoint or from an exported model folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from sslstudio.catalog.assemble import build_kept
from sslstudio.catalog.catalog import Catalog
from sslstudio.domain.edits import parse_recipe, with_value
from sslstudio.domain.errors import CancelledError, InputError, RunError
from sslstudio.domain.recipe import Recipe
from sslstudio.domain.recipe import Representation as Kept
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.images import CleanTrainingImages, ImageFacts, ImageStore
from sslstudio.engine.observe import encode
from sslstudio.engine.plan import Compute, Parts
from sslstudio.engine.representation import Representation
from sslstudio.engine.views import Normalise
from sslstudio.services.places import starter_models
from sslstudio.services.runs.checkpoints import LAST, chosen_step
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.runs.training import available_compute

CHUNK = 512
CARD = "card.json"
WEIGHTS = "encoder.safetensors"
INSIDE = ("encoder.", "projector.")
"""One of these stands before the names of a kept network's weights in files."""
LIFTED = "lifted_tensor_"
"""Begins the name that torch gives to numbers in a network's code when it is written out."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedEncoder:
    """An encoder with everything needed to feed it images."""

    name: str
    recipe: Recipe
    facts: ImageFacts
    kept: Representation
    normalise: Normalise | None
    compute: Compute
    step: int = 0

    def embed(
        self,
        images: npt.NDArray[np.uint8],
        *,
        progress: Progress = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> npt.NDArray[np.float32]:
        """Return h of images at the working resolution  # uint8 (n, c, h, w) -> (n, dim)."""
        self.kept.eval()
        parts: list[Tensor] = []
        with torch.no_grad():
            for start in range(0, len(images), CHUNK):
                if cancelled():
                    raise CancelledError("Embedding was stopped.")
                chunk = torch.from_numpy(np.ascontiguousarray(images[start : start + CHUNK]))
                parts.append(encode(self.kept, self.ready(chunk), self.compute).cpu())
                progress(min(start + CHUNK, len(images)), len(images))
        embeddings: npt.NDArray[np.float32] = torch.cat(parts).numpy()
        return embeddings

    def ready(self, images: Tensor) -> Tensor:
        """Return uint8 images as the encoder expects them, on its device."""
        values = images.to(self.compute.device).float().div_(255.0)
        return values if self.normalise is None else self.normalise.apply(values)


def load_trained(
    name: str, library: RunLibrary, *, checkpoint: str = LAST, device: str | None = None
) -> TrainedEncoder:
    """Return the encoder of a run or of an exported model.

    `checkpoint` is `last`, `best` or a step of the run; a model has only one encoder.
    """
    if is_model(name):
        folder = _model_folder(name)
        if checkpoint != LAST:
            raise InputError(
                f"{folder} is an exported model: it holds one encoder and no checkpoints.",
                "Leave --checkpoint out.",
            )
        return from_model(folder, library.catalog, device or "cpu")
    run = library.find(name)
    step = chosen_step(run, checkpoint)
    return from_run(run, library.catalog, step=step, device=device)


def is_model(name: str) -> bool:
    """Return whether a name means an exported model and not a run."""
    return (_model_folder(name) / CARD).is_file()


def _model_folder(name: str) -> Path:
    return Path(name) if Path(name).is_dir() else starter_models() / name


def from_run(
    folder: RunFolder, catalog: Catalog, *, step: int | None = None, device: str | None = None
) -> TrainedEncoder:
    """Return the encoder of a run's checkpoint."""
    state = unflatten(*folder.read_checkpoint(step))
    compute = available_compute(folder, device)
    trained = untrained(
        folder.id, folder.recipe(catalog), catalog, facts_of(state["facts"]), compute
    )
    inside = INSIDE if trained.kept.projector is not None else INSIDE[:1]
    weights = {k: value for k, value in state["objective"].items() if k.startswith(inside)}
    _load(trained, weights, str(folder.path))
    return replace(trained, step=int(state["step"]))


def from_model(folder: Path, catalog: Catalog, device: str) -> TrainedEncoder:
    """Return the encoder of an exported model folder: a card and safetensors weights."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise RunError(
            f"{folder} cannot be read as an exported encoder ({error}).",
            f"It needs {CARD} and {WEIGHTS}, as `sslstudio export` writes them.",
        ) from error
    recipe = parse_recipe(card["recipe"], catalog.kinds)
    trained = untrained(
        str(card["name"]), recipe, catalog, facts_of(card["facts"]), Compute(device=device)
    )
    _load(trained, _by_own_names(weights, trained), str(folder))
    return replace(trained, step=int(card["step"]))


def begin_with(parts: Parts, start: TrainedEncoder) -> None:
    """Put a trained encoder's weights into untrained parts; RunError if they do not fit."""
    try:
        parts.encoder.load_state_dict(start.kept.encoder.state_dict())
    except RuntimeError as error:
        raise RunError(
            f"The weights of {start.name} do not fit this recipe's "
            f"{type(parts.encoder).__name__} encoder.",
            f"Use the encoder of that run: {start.recipe.encoder.model_dump_json()}.",
        ) from error
    parts.objective.encoder_replaced()


def _by_own_names(weights: dict[str, Tensor], trained: TrainedEncoder) -> dict[str, Tensor]:
    """Return an exported file's weights by the kept network's own names.

    An export leaves out what its embedding does not need: counters, and stages behind the kept one.
    It adds the numbers that the network's code holds, such as the shares of colours in a lightness.
    """
    # Behind a conversion of channels the network is the second of two in a row.
    own = {name.removeprefix("1."): value for name, value in weights.items()}
    written = {
        name: value
        for name, value in own.items()
        if name.startswith(INSIDE) and not name.rpartition(".")[2].startswith(LIFTED)
    }
    fresh = trained.kept.state_dict()
    unneeded = {
        name: value
        for name, value in fresh.items()
        if not trained.kept.is_output or name.endswith("num_batches_tracked")
    }
    return {**unneeded, **written}


def _load(trained: TrainedEncoder, weights: dict[str, Tensor], place: str) -> None:
    try:
        trained.kept.load_state_dict(weights)
    except RuntimeError as error:
        raise RunError(
            f"{place}: the weights do not fit this build's {trained.recipe.encoder.kind} encoder.",
            "It was trained by another version of sslstudio; use that one, or train anew.",
        ) from error


def untrained(
    name: str, recipe: Recipe, catalog: Catalog, facts: ImageFacts, compute: Compute
) -> TrainedEncoder:
    """Return a recipe's encoder with random weights."""
    kept, normalise = build_kept(recipe, catalog, facts)
    layout = torch.channels_last if compute.channels_last else torch.contiguous_format
    return TrainedEncoder(
        name=name,
        recipe=recipe,
        facts=facts,
        kept=kept.to(compute.device).to(memory_format=layout),
        normalise=normalise,
        compute=compute,
    )


def random_twin(
    trained: TrainedEncoder, catalog: Catalog, images: npt.NDArray[np.uint8]
) -> TrainedEncoder:
    """Return the same encoder with random weights, its batch-norm statistics re-estimated.

    Without that, the random network would be measured with statistics of no image at all.
    """
    twin = untrained(
        f"untrained {trained.name}", trained.recipe, catalog, trained.facts, trained.compute
    )
    # Only the norms are put to training: dropout would draw from a training that goes on.
    twin.kept.eval()
    norms = [m for m in twin.kept.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
        norm.train()
    with torch.no_grad():
        for start in range(0, len(images), CHUNK):
            chunk = torch.from_numpy(np.ascontiguousarray(images[start : start + CHUNK]))
            encode(twin.kept, twin.ready(chunk), twin.compute)
    twin.kept.eval()
    return twin


def fitted(
    kind: str,
    fields: dict[str, Any],
    trained: TrainedEncoder,
    catalog: Catalog,
    images: npt.NDArray[np.uint8],
) -> TrainedEncoder:
    """Return an encoder that learns without gradients, fitted to these images alone.

    It sees them as the trained encoder does: at the same resolution, with the same normalisation.
    """
    recipe = with_value(trained.recipe, "encoder", {"kind": kind, **fields}, catalog.kinds)
    recipe = recipe.model_copy(update={"representation": Kept()})
    made = untrained(kind, recipe, catalog, trained.facts, Compute(device="cpu"))
    rows = torch.arange(len(images))
    store = ImageStore(
        images=torch.from_numpy(np.ascontiguousarray(images)),
        labels=torch.full((len(images),), -1),
        train=rows,
        validation=rows[:0],
        held_out=rows[:0],
        device=torch.device("cpu"),
    )
    made.kept.encoder.fit(CleanTrainingImages(store, made.normalise))
    return made


def facts_of(content: dict[str, Any]) -> ImageFacts:
    """Return what a checkpoint or a card says about the images it was trained on."""
    return ImageFacts(
        channels=content["channels"],
        size=content["size"],
        train_images=content["train_images"],
        channel_mean=tuple(content["channel_mean"]),
        channel_std=tuple(content["channel_std"]),
        classes=content.get("classes", 0),
    )
