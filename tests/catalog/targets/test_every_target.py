"""What holds for each branch that supplies targets."""

from __future__ import annotations

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog import targets
from sslstudio.catalog.entry import collect
from tests.catalog.losses.clouds import context_of
from tests.catalog.targets.branches import BATCH, DIM, IMAGES, KINDS, branch, look, network, step

every_target = pytest.mark.parametrize("kind", KINDS)
ROWS = torch.arange(BATCH)


@every_target
def test_there_is_one_target_of_each_view_and_gradient_only_where_the_spec_says_so(kind):
    online = network()
    answers = look(branch(kind, online), online, ROWS)
    assert [answer.shape for answer in answers] == [(BATCH, DIM)] * 2
    carries = collect(targets)[kind].spec.carries_gradient
    assert [answer.requires_grad for answer in answers] == [carries] * 2


@every_target
def test_nothing_of_a_branch_is_for_the_optimizer(kind):
    online = network()
    assert not [p for p in branch(kind, online).parameters() if p.requires_grad]


@every_target
def test_stored_negatives_are_unit_vectors_of_a_constant_number(kind):
    online = network()
    target = branch(kind, online)
    assert collect(targets)[kind].spec.has_memory == (target.memory() is not None)
    if target.memory() is None:
        return
    count = len(target.memory())
    for number in range(3):
        step(target, online, (ROWS + number * BATCH) % IMAGES, seed=number)
        look(target, online, ROWS)
        assert len(target.memory()) == count
        torch.testing.assert_close(target.memory().norm(dim=1), torch.ones(count))
        assert not target.memory().requires_grad


@every_target
def test_what_is_stored_does_not_change_before_the_step_is_over(kind):
    online = network()
    target = branch(kind, online)
    before = {name: value.clone() for name, value in target.state_dict().items()}
    look(target, online, ROWS)
    kept = {name: v for name, v in target.state_dict().items() if not name.startswith("teacher")}
    assert all(torch.equal(value, before[name]) for name, value in kept.items())


@every_target
def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break(kind):
    online = network()
    first = branch(kind, online)
    step(first, online, ROWS)
    second = branch(kind, network())
    second.load_state_dict(first.state_dict())
    twin = network()
    twin.load_state_dict(online.state_dict())
    for number in (1, 2):
        rows = ROWS + number * BATCH
        whole, resumed = step(first, online, rows, number), step(second, twin, rows, number)
        assert all(torch.equal(a, b) for a, b in zip(whole, resumed, strict=True))
        if first.memory() is not None:
            assert torch.equal(first.memory(), second.memory())
    states = first.state_dict(), second.state_dict()
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


@every_target
def test_sixteen_bit_projections_will_do(kind):
    online = network()
    target = branch(kind, online)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answers = look(target, online, ROWS)
    target.after_step(online, 0.5)
    assert all(bool(answer.isfinite().all()) for answer in answers)


@every_target
def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(kind):
    entry = collect(targets)[kind]
    with FakeTensorMode(), torch.device("cuda"):
        online = network()
        target = entry.build(entry.spec(), context_of(DIM, IMAGES, batch=BATCH))
        target.attach(online)
        views = [torch.rand(BATCH, 1, 4, 4) for _ in range(2)]
        answers = target.embed(views, [online(view) for view in views], torch.arange(BATCH))
        target.after_step(online, 0.5)
        stored = [] if target.memory() is None else [target.memory()]
        assert {tensor.device.type for tensor in (*answers, *stored)} == {"cuda"}


def test_every_entry_names_its_source():
    for kind, entry in collect(targets).items():
        assert "arXiv:" in entry.citation or kind == "same"
