from __future__ import annotations

import threading

import torch
import torch.nn.functional as F
from torch import nn

from sslstudio.engine.own_dice import OwnDice


def draws() -> list[torch.Tensor]:
    """Return what each way of drawing that initialisers use gives."""
    weight = torch.empty(3, 4)
    return [
        nn.init.trunc_normal_(weight.clone(), std=0.02),
        nn.init.kaiming_uniform_(weight.clone()),
        nn.init.orthogonal_(weight.clone()),
        torch.rand(3),
        torch.rand(3, generator=None),
        torch.randn(2, 2),
        torch.randn_like(weight),
        torch.randint(5, (4,)),
        torch.randint(2, 9, (4,)),
        torch.randperm(6),
        torch.normal(0.0, 1.0, (3,)),
        torch.bernoulli(torch.full((5,), 0.5)),
        torch.rand(6).multinomial(2),
        nn.Linear(3, 2).weight.detach(),
    ]


def test_its_numbers_are_those_of_the_seed():
    torch.manual_seed(7)
    expected = draws()
    torch.manual_seed(8)
    with OwnDice(7):
        found = draws()
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected, strict=True))


def test_torchs_own_generator_stays_where_it_was():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with OwnDice(7):
        draws()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_generator_that_is_handed_over_is_used():
    with OwnDice(7):
        found = torch.rand(3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(found, torch.rand(3, generator=torch.Generator().manual_seed(1)))


def test_another_thread_keeps_drawing_from_torchs_own():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    drawn: list[torch.Tensor] = []
    with OwnDice(7):
        torch.rand(2)
        thread = threading.Thread(target=lambda: drawn.append(torch.rand(4)))
        thread.start()
        thread.join()
        torch.rand(2)
    assert torch.equal(drawn[0], expected)


def test_attention_runs_inside():
    tokens = torch.rand(1, 2, 5, 4)
    expected = F.scaled_dot_product_attention(tokens, tokens, tokens)
    with OwnDice(7):
        found = F.scaled_dot_product_attention(tokens, tokens, tokens)
    assert torch.equal(found, expected)


def test_tensors_that_have_a_shape_only_are_made_without_numbers():
    with torch.device("meta"), OwnDice(7):
        assert nn.Linear(3, 2).weight.is_meta
