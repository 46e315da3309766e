from __future__ import annotations

import torch

from sslstudio.engine.step_memory import StepMemory


def test_micro_batches_are_joined_in_order_and_forgotten():
    memory = StepMemory()
    first, second = torch.arange(3), torch.arange(3, 5)
    memory.add(first, first.float().requires_grad_())
    memory.add(second, second.float())
    rows, values = memory.take()
    assert torch.equal(rows, torch.arange(5))
    assert torch.equal(values, torch.arange(5).float())
    assert not values.requires_grad
    assert memory.take() == ()


def test_one_batch_comes_back_as_it_was():
    memory = StepMemory()
    rows = torch.randn(4, 2)
    memory.add(rows)
    assert torch.equal(memory.take()[0], rows)
