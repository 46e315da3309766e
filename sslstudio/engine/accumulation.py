"""The backward pass of a step: of the whole batch, or of micro-batches one after the other.

Accumulation: each micro-batch has a loss of its own and its gradients are added up, weighted by
its share of the images. The gradient is that of the mean of these losses; a loss that compares
images sees those of its micro-batch alone, so that no negatives are added.

GradCache (Gao et al. 2021, arXiv:2101.06983, section 3.3): the micro-batches are embedded without
gradient; the loss over all embeddings of the step gives the gradient of each (step 2); a second
forward pass of each micro-batch carries it on into the network (eq. 8). Dropout and the like draw
the same numbers in both passes. Where no part of the network mixes the images of a batch, this
is the gradient of the whole batch; the predictor runs on all embeddings at once.

Departures: batch norm takes its statistics from each micro-batch, not from the step, in the
online network as in an averaged one; its running statistics follow the second pass alone. Groups
of `engine.split_norm` are formed within a micro-batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from sslstudio.domain.errors import RecipeError
from sslstudio.engine.parts import Batch, Objective
from sslstudio.engine.plan import Plan
from sslstudio.engine.precision import autocast


@runtime_checkable
class EmbedsFirst(Protocol):
    """An objective that can embed micro-batches and compare all images of a step afterwards."""

    def embed(self, batch: Batch) -> tuple[Tensor, ...]:
        """Return what is compared, by each view  # each (batch, dim)."""
        ...

    def goals(self, batch: Batch, embedded: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
        """Return what has to be computed from the views without gradient, None if nothing."""
        ...

    def compare(
        self, batch: Batch, embedded: Sequence[Tensor], goals: Sequence[Tensor] | None
    ) -> dict[str, Tensor]:
        """Return the named terms of embeddings; only `embed` needs the views' memory."""
        ...


class Backward:
    """Fills the gradients of a step and returns its named terms.

    RecipeError if the plan asks for GradCache and the objective cannot embed first.
    """

    def __init__(self, objective: Objective, plan: Plan, scaler: torch.amp.GradScaler) -> None:
        self.objective = objective
        self.compute = plan.compute
        self.scaler = scaler
        self.count = plan.micro_batches
        self.embedding = None
        if self.count > 1 and plan.micro_batching == "grad-cache":
            self.embedding = _embedding_first(objective)

    def __call__(self, batch: Batch, player: str) -> dict[str, Tensor]:
        """Add this batch's gradients to the parameters and return the terms."""
        parts = _split(batch, self.count)
        if len(parts) == 1:
            return self._own_loss(batch, player, 1.0)
        if self.embedding is not None:
            return self._cached(self.embedding, batch, parts)
        whole: dict[str, Tensor] = {}
        for part in parts:
            share = len(part.indices) / len(batch.indices)
            for name, value in self._own_loss(part, player, share).items():
                weighted = value.detach() * share
                whole[name] = whole[name] + weighted if name in whole else weighted
        return whole

    def _own_loss(self, batch: Batch, player: str, share: float) -> dict[str, Tensor]:
        with autocast(self.compute):
            terms = self.objective.terms(batch, player)
        loss = terms["loss"] if share == 1.0 else terms["loss"] * share
        self.scaler.scale(loss).backward()
        return terms

    def _cached(
        self, objective: EmbedsFirst, batch: Batch, parts: Sequence[Batch]
    ) -> dict[str, Tensor]:
        draws, found, goals = [], [], []
        for part in parts:
            draws.append(self._draws())
            # A context for each pass: no weights that one has cast are kept through the next.
            with torch.no_grad(), autocast(self.compute):
                with _statistics_at_rest(self.objective):
                    found.append(objective.embed(part))
                goals.append(objective.goals(part, found[-1]))
        leaves = [torch.cat(rows).requires_grad_() for rows in zip(*found, strict=True)]
        with autocast(self.compute):
            terms = objective.compare(batch, leaves, _joined(goals))
        self.scaler.scale(terms["loss"]).backward()
        after = self._draws()
        lengths = [len(part.indices) for part in parts]
        gradients = zip(*(_gradient(leaf).split(lengths) for leaf in leaves), strict=True)
        for part, drawn, own in zip(parts, draws, gradients, strict=True):
            self._draw_again(drawn)
            with autocast(self.compute):
                embedded = objective.embed(part)
            torch.autograd.backward(embedded, own)
        self._draw_again(after)
        return terms

    def _draws(self) -> tuple[Tensor, Tensor | None]:
        kind = torch.device(self.compute.device).type
        own = None if kind == "cpu" else torch.get_device_module(kind).get_rng_state()
        return torch.get_rng_state(), own

    def _draw_again(self, state: tuple[Tensor, Tensor | None]) -> None:
        torch.set_rng_state(state[0])
        if state[1] is not None:
            torch.get_device_module(torch.device(self.compute.device).type).set_rng_state(state[1])


def _embedding_first(objective: Objective) -> EmbedsFirst:
    if isinstance(objective, EmbedsFirst):
        return objective
    raise RecipeError(
        f"training.micro_batching: {type(objective).__name__} cannot embed a whole step before it "
        "compares, as GradCache does.",
        "Set it to accumulate, or choose a joint-embedding objective.",
    )


def _split(batch: Batch, count: int) -> list[Batch]:
    """Return consecutive parts, the first of which have one image more where they must."""
    images = len(batch.indices)
    count = min(count, images)
    if count == 1:
        return [batch]
    views = zip(*(view.tensor_split(count) for view in batch.views), strict=True)
    labels = [None] * count if batch.labels is None else batch.labels.tensor_split(count)
    rows = zip(
        views,
        batch.images.tensor_split(count),
        batch.indices.tensor_split(count),
        labels,
        strict=True,
    )
    return [Batch(*row) for row in rows]


def _joined(goals: Sequence[tuple[Tensor, ...] | None]) -> list[Tensor] | None:
    known = [part for part in goals if part is not None]
    return [torch.cat(rows) for rows in zip(*known, strict=True)] if known else None


def _gradient(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


@contextmanager
def _statistics_at_rest(network: nn.Module) -> Iterator[None]:
    """Let batch norm use its batch without moving its running statistics."""
    norms = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
