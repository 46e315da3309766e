from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.engine.adversarial import (
    ImageCritic,
    adversary_loss,
    balance,
    judge_loss,
    right_answers,
)

REAL, FAKE = torch.randn(32, 2) * 2, torch.randn(32, 2) * 2


def test_logistic_prices_are_binary_cross_entropies_with_true_and_with_swapped_labels():
    ones, zeros = torch.ones_like(REAL), torch.zeros_like(REAL)

    def entropy(scores, labels):
        return (
            F.binary_cross_entropy_with_logits(scores, labels, reduction="none").sum(dim=1).mean()
        )

    judge = entropy(REAL, ones) + entropy(FAKE, zeros)
    adversary = entropy(REAL, zeros) + entropy(FAKE, ones)
    torch.testing.assert_close(judge_loss(REAL, FAKE, "logistic"), judge)
    torch.testing.assert_close(adversary_loss(REAL, FAKE, "logistic"), adversary)


def test_hinge_prices_leave_sure_answers_alone():
    sure, unsure = torch.full((4, 1), 1.5), torch.full((4, 1), 0.25)
    assert float(judge_loss(sure, -sure, "hinge")) == 0.0
    assert float(judge_loss(unsure, unsure, "hinge")) == pytest.approx(0.75 + 1.25)
    assert float(adversary_loss(sure, unsure, "hinge")) == pytest.approx(1.25)


@pytest.mark.parametrize("price", ["logistic", "hinge"])
@pytest.mark.parametrize("scores", [1, 3])
def test_scores_of_zero_cost_exactly_the_balance(price, scores):
    zeros = torch.zeros(8, scores)
    judge, adversary = balance(price, scores)
    assert float(judge_loss(zeros, zeros, price)) == pytest.approx(judge, abs=1e-6)
    assert float(adversary_loss(zeros, zeros, price)) == pytest.approx(adversary, abs=1e-6)


def test_right_answers_go_by_the_sum_of_scores():
    real, fake = torch.tensor([[2.0, -1.0], [-2.0, 1.0]]), torch.tensor([[1.0, 1.0], [-1.0, 0.5]])
    assert float(right_answers(real, fake)) == 0.5


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 21), (3, 64)])
def test_a_critic_takes_images_of_any_size(channels, size):
    critic = ImageCritic(channels=channels, size=size, width=4)
    assert critic(torch.rand(2, channels, size, size)).shape == (2, 1)
