"""One optimizer per player, and the step each of them takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from sslstudio.domain.errors import TrainingError
from sslstudio.domain.schedule import rate_factor
from sslstudio.engine.accumulation import Backward
from sslstudio.engine.parts import Batch, Objective, OptimizerPlan, Player
from sslstudio.engine.plan import Plan


class Optimisation:
    """The optimizers of an objective's players at the rate that the schedule asks for."""

    def __init__(self, objective: Objective, optimizer: OptimizerPlan, plan: Plan) -> None:
        self.objective = objective
        self.schedule = plan.schedule
        self.peak_rate = optimizer.learning_rate
        self.players = objective.players()
        self.optimizers = {
            player.name: optimizer.make(list(_groups(player, optimizer))) for player in self.players
        }
        self.scaler = torch.amp.GradScaler(
            plan.compute.device, enabled=plan.compute.precision == "fp16"
        )
        self.backward = Backward(objective, plan, self.scaler)

    def step(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Let every player step once and return all named terms, detached."""
        self._set_rates(progress)
        shown: dict[str, Tensor] = {}
        for player in self.players:
            terms = self._step_player(player, batch, progress)
            prefix = "" if len(self.players) == 1 else f"{player.name}: "
            shown.update({prefix + name: value.detach() for name, value in terms.items()})
        shown["gradient norm"] = self._gradient_norm()
        with torch.no_grad():
            self.objective.after_step(progress)
        return shown

    def rate(self, progress: float) -> float:
        """Return the scheduled learning rate at this progress."""
        return self.peak_rate * rate_factor(self.schedule, progress)

    def state(self) -> dict[str, Any]:
        """Return the optimizers' and the scaler's state."""
        return {
            "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state over."""
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        if state["scaler"]:
            self.scaler.load_state_dict(state["scaler"])

    def _step_player(self, player: Player, batch: Batch, progress: float) -> dict[str, Tensor]:
        optimizer = self.optimizers[player.name]
        # Backward may also fill gradients of the other player; they are dropped before its turn.
        self.objective.zero_grad(set_to_none=True)
        try:
            terms = self.backward(batch, player.name)
            _hold_frozen(player, progress)
            self.scaler.step(optimizer)
            self.scaler.update()
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise _out_of_memory(batch) from error
        except RuntimeError as error:
            if "allocate memory" not in str(error):
                raise
            raise _out_of_memory(batch) from error
        return terms

    def _set_rates(self, progress: float) -> None:
        scheduled = self.rate(progress)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                rate = self.peak_rate if group["constant_rate"] else scheduled
                group["lr"] = rate * group["rate_share"]

    def _gradient_norm(self) -> Tensor:
        gradients = [p.grad for p in self.objective.parameters() if p.grad is not None]
        if not gradients:
            return torch.zeros(())
        return torch.nn.utils.get_total_norm(gradients)


def _groups(player: Player, optimizer: OptimizerPlan) -> Iterator[dict[str, Any]]:
    for group in player.groups:
        for decays in (True, False):
            # Norms and biases (vectors and scalars) are spared from decay.
            chosen = [p for p in group.parameters if (p.ndim > 1) == decays]
            if chosen:
                yield {
                    "params": chosen,
                    "weight_decay": optimizer.weight_decay if decays else 0.0,
                    "rate_share": group.rate,
                    "constant_rate": group.constant,
                }


def _hold_frozen(player: Player, progress: float) -> None:
    """Drop the gradients of groups whose time has not come: no step, no decay, no momentum."""
    for group in player.groups:
        if progress < group.frozen_until:
            for parameter in group.parameters:
                parameter.grad = None


def require_finite(loss: float, step: int) -> None:
    """Raise TrainingError if the loss stopped being a number."""
    if not math.isfinite(loss):
        raise TrainingError(
            f"The loss is not a number any more at step {step}; training was stopped there.",
            "Lower the learning rate, raise the temperature, or go on from the last checkpoint.",
        )


def _out_of_memory(batch: Batch) -> TrainingError:
    images = len(batch.indices)
    return TrainingError(
        f"A step with {images} images does not fit into memory.",
        f"Lower the batch to {max(2, images // 2)}, split it into more micro-batches, or choose a "
        "smaller encoder or view size.",
    )
