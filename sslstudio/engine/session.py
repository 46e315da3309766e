"""A run in progress: its parts, optimizers, position and everything a checkpoint must hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.verdict import Judge
from sslstudio.engine.images import CleanTrainingImages
from sslstudio.engine.modes import estimate_norms
from sslstudio.engine.observe import Observer, draw_batch
from sslstudio.engine.optimise import Optimisation
from sslstudio.engine.plan import Edit, Parts, Plan
from sslstudio.engine.sampling import Sampler, seed_of, seeded


class Stopwatch:
    """Counts training time; what happens inside `paused()` does not count."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Training time so far."""
        running = 0.0 if self._since is None else time.perf_counter() - self._since
        return self._before + running

    def start(self) -> None:
        """Let the time run."""
        self._since = time.perf_counter()

    def set(self, seconds: float) -> None:
        """Begin at a time that an earlier sitting reached."""
        self._before = seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let what happens inside not count."""
        self._before = self.seconds
        self._since = None
        try:
            yield
        finally:
            self.start()


class Session:
    """The mutable state of a run; `train` in `engine.loop` moves it along."""

    def __init__(self, parts: Parts, plan: Plan) -> None:
        self.parts = parts
        self.plan = plan
        labels = plan.store.labels[plan.store.train.to(plan.store.labels.device)].cpu()
        self.members = parts.objective.members(labels)
        self.sampler = Sampler(len(self.members), plan.batch_size, plan.seed)
        self.optimisation = Optimisation(parts.objective, parts.optimizer, plan)
        self.observer = Observer(parts, plan)
        self.clean = CleanTrainingImages(plan.store, parts.normalise)
        self.watch = Stopwatch()
        self.judge = Judge()
        self.baseline: dict[str, float] = {}
        self.edits: dict[str, Any] = {}
        self.best_knn = 0.0
        self.best_step = 0
        self._knn: tuple[int, float] | None = None
        self.step = 0

    @property
    def total_steps(self) -> int | None:
        """Steps in the budget; None for a budget of minutes."""
        budget = self.plan.budget
        if not self.plan.trainable:
            return 1
        if budget.unit == "steps":
            return int(budget.amount)
        if budget.unit == "epochs":
            return max(1, round(budget.amount * self.sampler.steps_per_epoch))
        return None

    @property
    def progress(self) -> float:
        """Share of the budget that is used, 0 to 1."""
        if self.total_steps is not None:
            return min(1.0, self.step / self.total_steps)
        return min(1.0, self.watch.seconds / (60.0 * self.plan.budget.amount))

    @property
    def epoch(self) -> float:
        """Epochs so far."""
        return self.step / self.sampler.steps_per_epoch

    def prepare(self) -> None:
        """Let parts that learn without gradients see the images, before the first step.

        Batch norm's statistics are estimated as well: with fresh ones the untrained encoder,
        which the verdict compares with, would look worse than it is.
        """
        self.parts.encoder.fit(self.clean)
        estimate_norms(self.parts.encoder, self.clean)

    def advance(self) -> dict[str, Tensor]:
        """Take one step and return its named terms."""
        plan = self.plan
        if self.sampler.starts_epoch(self.step):
            epoch = self.sampler.epoch_of(self.step)
            generator = seeded("cpu", plan.seed, "prepare", epoch)
            self.parts.objective.before_epoch(epoch, self.clean, generator)
        # Dropout and noise inside the networks draw from torch's own generator: seeding it by
        # the step makes step k the same in a resumed run.
        torch.manual_seed(seed_of(plan.seed, "networks", self.step))
        indices = self.members[self.sampler.indices(self.step)]
        rows = plan.store.train[indices]
        generator = seeded("cpu", plan.seed, "views", self.step)
        with torch.no_grad():
            batch = draw_batch(self.parts, plan, rows, indices, generator)
        progress = self.progress
        self.step += 1
        if not plan.trainable:
            with torch.no_grad():
                return self.parts.objective.terms(batch, "")
        return self.optimisation.step(batch, progress)

    def note_knn(self, accuracy: float | None) -> None:
        """Remember what the validation kNN was at this step; None if it was not measured."""
        self._knn = None if accuracy is None else (self.step, accuracy)

    @property
    def is_best(self) -> bool:
        """True if the validation kNN was measured at this step and no checkpoint has a better."""
        step, accuracy = self._knn or (0, 0.0)
        return 0 < step == self.step and accuracy > self.best_knn

    def note_saved(self) -> None:
        """Remember this step as the best if it is, now that a checkpoint of it is written."""
        if self._knn is not None and self.is_best:
            self.best_step, self.best_knn = self._knn

    def apply(self, edit: Edit) -> None:
        """Change a live value of the recipe; RecipeError if it is not one."""
        if edit.path == "optimizer.learning_rate":
            self.optimisation.peak_rate = float(edit.value)
        else:
            part_path, _, name = edit.path.rpartition(".")
            part: Any = self.parts.objective.live().get(part_path)
            if part is None or name not in type(part.spec).model_fields:
                raise RecipeError(f"{edit.path} cannot be changed while training.")
            part.spec = part.spec.replaced(**{name: edit.value})
        self.edits[edit.path] = edit.value

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "step": self.step,
            "seconds": self.watch.seconds,
            "facts": asdict(self.plan.facts),
            "objective": dict(self.parts.objective.state_dict()),
            "optimisation": self.optimisation.state(),
            "judge": self.judge.state(),
            "baseline": self.baseline,
            "edits": self.edits,
            "best": {"step": self.best_step, "knn": self.best_knn},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a state that `state` returned."""
        self.step = state["step"]
        self.watch.set(state["seconds"])
        self.parts.objective.load_state_dict(state["objective"])
        self.optimisation.restore(state["optimisation"])
        self.judge = Judge.restored(state["judge"])
        self.baseline = state["baseline"]
        best = state.get("best", {"step": 0, "knn": 0.0})
        self.best_step, self.best_knn = best["step"], best["knn"]
        for path, value in state["edits"].items():
            self.apply(Edit(path, value))
