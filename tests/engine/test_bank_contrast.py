"""The three prices of finding an image among stored embeddings, written out plainly."""

import math

import pytest
import torch
import torch.nn.functional as F

from sslstudio.engine.bank_contrast import (
    FULL_SOFTMAX_IMAGES,
    BankContrast,
    noise_anchor,
    noise_contrastive,
)
from sslstudio.engine.memory_bank import MemoryBank

ROWS = torch.tensor([4, 17, 33])


def stored(images: int = 50, dim: int = 8) -> MemoryBank:
    torch.manual_seed(1)
    return MemoryBank(images, dim)


def asked(dim: int = 8) -> torch.Tensor:
    return F.normalize(torch.randn(len(ROWS), dim), dim=1)


def test_full_is_the_softmax_over_all_entries():
    bank, z = stored(), asked()
    price = BankContrast(50, estimator="full", negatives=16).loss(z, bank, ROWS, 0.2)
    plain = 0.0
    for query, row in zip(z, ROWS, strict=True):
        scores = [math.exp(float(query @ entry) / 0.2) for entry in bank.vectors]
        plain -= math.log(scores[row] / sum(scores)) / len(ROWS)
    assert float(price) == pytest.approx(plain, rel=1e-5)


def test_nce_is_the_regression_of_data_against_noise_with_the_first_batchs_normaliser():
    bank, z, m = stored(), asked(), 20
    contrast = BankContrast(50, estimator="nce", negatives=m)
    for number in range(2):
        torch.manual_seed(number)
        price = contrast.loss(z, bank, ROWS, 0.2)
        torch.manual_seed(number)
        noise = bank.vectors[torch.randint(50, (m,))]
        if number == 0:
            normaliser = 50 * float((z @ noise.T / 0.2).exp().mean())
        plain = 0.0
        for query, row in zip(z, ROWS, strict=True):
            chance = [math.exp(float(query @ v) / 0.2) / normaliser for v in noise]
            own = math.exp(float(query @ bank.vectors[row]) / 0.2) / normaliser
            plain -= math.log(own / (own + m / 50))
            plain -= sum(math.log(1 - p / (p + m / 50)) for p in chance)
        assert float(price) == pytest.approx(plain / len(ROWS), rel=1e-4)
        assert math.exp(float(contrast.log_normaliser)) == pytest.approx(normaliser, rel=1e-4)


@pytest.mark.parametrize(
    ("images", "estimator"),
    [(FULL_SOFTMAX_IMAGES, "full"), (FULL_SOFTMAX_IMAGES + 1, "nce")],
)
def test_auto_follows_the_number_of_images(images, estimator):
    assert BankContrast(images, estimator="auto", negatives=16).estimator == estimator


@pytest.mark.parametrize("estimator", ["full", "nce", "sampled"])
def test_entries_that_are_all_alike_cost_the_anchor_and_get_no_gradient(estimator):
    bank = stored()
    bank.vectors.copy_(bank.vectors[:1].expand(50, -1))
    z = bank.vectors[ROWS].clone().requires_grad_()
    contrast = BankContrast(50, estimator=estimator, negatives=16)
    price = contrast.loss(z, bank, ROWS, 0.2)
    assert float(price.detach()) == pytest.approx(contrast.anchor("x").value, rel=1e-5)
    assert contrast.anchor("x").term == "x"
    price.backward()
    assert not bank.vectors.requires_grad


def test_noise_that_is_left_out_costs_nothing():
    positive, negative = torch.randn(4, 1), torch.randn(4, 9)
    shift = torch.randn(4, 1)
    out = torch.cat([negative, torch.full((4, 3), -torch.inf)], dim=1).requires_grad_()
    price = noise_contrastive(positive, out, shift)
    alone = noise_contrastive(positive, negative, shift)
    assert float(price.detach()) == pytest.approx(float(alone))
    price.backward()
    assert out.grad.isfinite().all()


def test_the_anchor_of_noise_is_that_of_equal_chances():
    m = 12
    expected = -math.log(1 / (1 + m)) - m * math.log(1 - 1 / (1 + m))
    assert noise_anchor(m).value == pytest.approx(expected)
