from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sslstudio.domain.errors import RecipeError
from sslstudio.domain.recipe import Budget, Schedule
from sslstudio.engine.accumulation import Backward
from sslstudio.engine.checkpoint import unflatten
from sslstudio.engine.loop import train
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.parts import Batch, Objective
from sslstudio.engine.plan import Compute, Plan
from sslstudio.engine.sampling import seeded
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session, small_store

CACHED = {"training__micro_batches": 4, "training__micro_batching": "grad-cache"}
SCALER = torch.amp.GradScaler("cpu", enabled=False)


def micro(objective: Objective, count: int, way: str = "accumulate", **compute) -> Backward:
    return Backward(objective, plan_of(count, way, **compute), SCALER)


def plan_of(count: int, way: str, **compute) -> Plan:
    store = small_store()
    return Plan(
        store=store,
        facts=store.facts(),
        batch_size=16,
        budget=Budget(),
        schedule=Schedule(),
        seed=0,
        compute=Compute(device="cpu", **compute),
        micro_batches=count,
        micro_batching=way,
    )


def with_batch(catalog, preset: str, images: int = 16, **changes) -> tuple[Objective, Batch]:
    """Return an objective without batch norm and a batch of views for it."""
    plain = {"encoder": {"kind": "vit", "depth": 1}, **changes}
    session = small_session(catalog, small_recipe(catalog, preset, **plain))
    objective = session.parts.objective
    for name, module in list(objective.named_modules()):
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            objective.set_submodule(name, nn.LayerNorm(module.num_features))
    rows = torch.arange(images)
    generator = seeded("cpu", 0, "views", 0)
    batch = draw_batch(session.parts, session.plan, rows, rows, generator)
    return objective, batch


def gradients(objective: Objective, backward: Backward, batch: Batch) -> dict[str, Tensor]:
    objective.zero_grad(set_to_none=True)
    backward(batch, objective.players()[0].name)
    return {n: p.grad.clone() for n, p in objective.named_parameters() if p.grad is not None}


def assert_same(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    # Some gradients are zero but for rounding (a bias before a norm): the largest sets the scale.
    near = 1e-5 * max(float(value.abs().max()) for value in first.values())
    for name, value in first.items():
        torch.testing.assert_close(second[name], value, rtol=1e-5, atol=near)


@pytest.mark.parametrize("count", [2, 4, 5])
@pytest.mark.parametrize("preset", ["simclr", "byol", "vicreg", "nnclr", "swav"])
def test_grad_cache_gives_the_whole_batchs_gradient(catalog, preset, count):
    objective, batch = with_batch(catalog, preset)
    whole = gradients(objective, micro(objective, 1), batch)
    assert_same(whole, gradients(objective, micro(objective, count, "grad-cache"), batch))


def test_grad_cache_reports_the_loss_of_all_images(catalog):
    objective, batch = with_batch(catalog, "simclr")
    whole = float(micro(objective, 1)(batch, "model")["loss"].detach())
    cached = float(micro(objective, 4, "grad-cache")(batch, "model")["loss"].detach())
    assert cached == pytest.approx(whole, rel=1e-5)
    summed = float(micro(objective, 4)(batch, "model")["loss"])
    assert summed < whole - 0.5  # an image is told from three others, not from fifteen


@pytest.mark.parametrize("count", [2, 3])
def test_accumulated_gradients_are_the_mean_of_the_parts(catalog, count):
    objective, batch = with_batch(catalog, "simclr", images=12)
    got = gradients(objective, micro(objective, count), batch)
    parts = zip(*(view.chunk(count) for view in batch.views), strict=True)
    objective.zero_grad(set_to_none=True)
    for views in parts:
        rows = torch.arange(len(views[0]))
        part = Batch(views=views, images=views[0], indices=rows)
        (objective.terms(part, "model")["loss"] / count).backward()
    own = {n: p.grad.clone() for n, p in objective.named_parameters() if p.grad is not None}
    assert_same(own, got)


def test_accumulation_equals_the_whole_batch_where_images_are_not_compared(catalog):
    objective, batch = with_batch(catalog, "byol", images=10)
    whole = gradients(objective, micro(objective, 1), batch)
    assert_same(whole, gradients(objective, micro(objective, 3), batch))  # 4, 3 and 3 images


class Noisy(Objective):
    """A linear map behind dropout and batch norm whose embeddings are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.5))
        self.passes: list[Tensor] = []

    def embed(self, batch: Batch) -> tuple[Tensor, ...]:
        embedded = tuple(self.network(view) for view in batch.views)
        self.passes.append(embedded[0].detach())
        return embedded

    def goals(self, batch, embedded):
        del batch, embedded

    def compare(self, batch, embedded, goals):
        del batch, goals
        first, second = (F.normalize(z, dim=1) for z in embedded)
        return {"loss": F.cross_entropy(first @ second.T, torch.arange(len(first)))}

    def terms(self, batch: Batch, player: str) -> dict[str, Tensor]:
        del player
        return self.compare(batch, self.embed(batch), None)


def noisy_batch(images: int = 8) -> Batch:
    views = (torch.randn(images, 6), torch.randn(images, 6))
    return Batch(views=views, images=views[0], indices=torch.arange(images))


def test_the_second_pass_draws_what_the_first_one_drew():
    objective, batch = Noisy(), noisy_batch()
    torch.manual_seed(3)
    micro(objective, 2, "grad-cache")(batch, "model")
    first, second = objective.passes[:2], objective.passes[2:]
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0] == 0, first[1] == 0)  # and each part drew its own


def test_running_statistics_move_once_for_each_micro_batch():
    objective, batch = Noisy(), noisy_batch()
    norm = objective.network[1]
    mean = torch.zeros(6)
    for view in (v for part in zip(*(v.chunk(2) for v in batch.views), strict=True) for v in part):
        mean = 0.9 * mean + 0.1 * objective.network[0](view).mean(dim=0)
    micro(objective, 2, "grad-cache")(batch, "model")
    torch.testing.assert_close(norm.running_mean, mean.detach())
    assert int(norm.num_batches_tracked) == 4
    assert norm.track_running_stats


@pytest.mark.parametrize("preset", ["byol", "moco"])
def test_an_averaged_network_sees_one_micro_batch_at_a_time(catalog, preset):
    objective, batch = with_batch(catalog, preset)
    seen: list[int] = []
    objective.target.teacher.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    micro(objective, 4, "grad-cache")(batch, "model")
    assert max(seen) <= 4
    assert sum(seen) == 2 * 16  # once for each view of each image


def test_an_objective_that_cannot_embed_first_is_refused(catalog):
    recipe = small_recipe(catalog, "rotation", **CACHED)
    with pytest.raises(RecipeError, match="cannot embed a whole step") as caught:
        small_session(catalog, recipe)
    assert "accumulate" in caught.value.hint


def test_scaled_gradients_are_scaled_once():
    objective, batch = Noisy(), noisy_batch()
    objective.network[2].p = 0.0
    for way in ("accumulate", "grad-cache"):
        reference = gradients(objective, micro(objective, 2, way), batch)
        scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
        scaled = gradients(objective, Backward(objective, plan_of(2, way), scaler), batch)
        assert_same({n: 256.0 * g for n, g in reference.items()}, scaled)


def test_reduced_precision_reaches_every_weight_in_the_second_pass(catalog):
    objective, batch = with_batch(catalog, "simclr")
    whole = gradients(objective, micro(objective, 1, precision="bf16"), batch)
    cached = gradients(objective, micro(objective, 4, "grad-cache", precision="bf16"), batch)
    assert whole.keys() == cached.keys()


BANK = {"kind": "memory-bank"}
MEMORIES = {
    "moco": {},
    "nnclr": {},
    "simclr": {"objective__target": BANK},
    "swav": {"objective__loss__queue": 40},
    "dino": {},
}
ALONE = ["npid", "pcl", "deepcluster-v2"]


@pytest.mark.parametrize(
    ("preset", "way"),
    [(preset, way) for preset in MEMORIES for way in ("accumulate", "grad-cache")]
    + [(preset, "accumulate") for preset in ALONE],
)
def test_memories_take_in_the_whole_step_once(catalog, preset, way):
    objective, batch = with_batch(catalog, preset, **MEMORIES.get(preset, {}))
    objective.encoder.eval()
    divided = copy.deepcopy(objective)
    fresh = stored(objective)
    assert fresh
    micro(objective, 1)(batch, "model")
    micro(divided, 3, way)(batch, "model")
    for each in (objective, divided):
        each.after_step(0.5)
    for name, value in stored(objective).items():
        assert not torch.equal(value, fresh[name])
        torch.testing.assert_close(stored(divided)[name], value, atol=1e-5, rtol=1e-5)


def stored(objective: Objective) -> dict[str, Tensor]:
    names = ("vectors", "centre")
    state = objective.state_dict()
    return {name: value.clone() for name, value in state.items() if name.endswith(names)}


@pytest.mark.parametrize(
    ("preset", "way"),
    [("moco", "accumulate"), ("bigan", "accumulate"), ("simclr", "grad-cache")],
)
def test_a_resumed_run_continues_to_the_bit(catalog, preset, way):
    recipe = small_recipe(catalog, preset, **{**CACHED, "training__micro_batching": way})
    whole = small_session(catalog, recipe)
    list(train(whole, MemoryKeep(), Script()))
    keep = MemoryKeep()
    list(train(small_session(catalog, recipe), keep, Script(stop_at=3)))
    second = small_session(catalog, recipe)
    second.restore(unflatten(*keep.checkpoints[3]))
    list(train(second, MemoryKeep(), Script()))
    ours, theirs = whole.parts.objective.state_dict(), second.parts.objective.state_dict()
    assert all(torch.equal(v, theirs[n]) for n, v in ours.items() if isinstance(v, Tensor))
