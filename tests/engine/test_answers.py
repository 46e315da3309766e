import math

import pytest
import torch

from sslstudio.engine.answers import chance, graded, prices, prices_by_image


def test_the_price_of_an_answer_is_its_negative_log_probability():
    answers, wanted = torch.randn(20, 5), torch.arange(20) % 5
    by_hand = [-math.log(float(row.softmax(0)[k])) for row, k in zip(answers, wanted, strict=True)]
    assert prices(answers, wanted).tolist() == pytest.approx(by_hand, rel=1e-5)
    terms = graded(answers, wanted)
    assert float(terms["loss"]) == pytest.approx(sum(by_hand) / 20, rel=1e-5)
    assert float(terms["accuracy"]) == float((answers.argmax(1) == wanted).float().mean())


def test_an_images_price_is_the_mean_over_its_views():
    answers, wanted = torch.randn(12, 5), torch.arange(12) % 5  # three views of four images
    views = [prices(answers[rows], wanted[rows]) for rows in torch.arange(12).split(4)]
    found = prices_by_image(answers, wanted, 4)
    torch.testing.assert_close(found, (views[0] + views[1] + views[2]) / 3)


def test_equal_answers_cost_exactly_what_chance_says():
    loss, accuracy = chance(24, "Blind.")
    terms = graded(torch.zeros(48, 24), torch.arange(48) % 24)
    assert float(terms["loss"]) == pytest.approx(loss.value, abs=1e-6)
    assert float(terms["accuracy"]) == pytest.approx(accuracy.value)
    assert (loss.label, accuracy.label) == ("ln 24", "1 / 24")


def test_answers_in_sixteen_bits_are_priced_in_thirty_two():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert prices(torch.randn(4, 3).bfloat16(), torch.arange(4) % 3).dtype == torch.float32
