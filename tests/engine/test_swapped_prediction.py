import math

import pytest
import torch

from sslstudio.engine.swapped_prediction import swapped_cross_entropy


def test_every_view_predicts_the_codes_of_all_others_and_never_its_own():
    codes = torch.rand(2, 5, 4).softmax(dim=2)
    predictions = torch.randn(3, 5, 4).log_softmax(dim=2)  # the third view is a local one
    crossed = [
        -sum(float(codes[b, i, k] * predictions[a, i, k]) for i in range(5) for k in range(4)) / 5
        for b in range(2)
        for a in range(3)
        if a != b
    ]
    found = swapped_cross_entropy(list(codes), list(predictions))
    assert float(found) == pytest.approx(sum(crossed) / 4, rel=1e-5)


def test_uniform_predictions_cost_the_log_of_the_classes():
    codes = [torch.eye(6)[:3], torch.eye(6)[3:]]
    uniform = [torch.full((3, 6), -math.log(6))] * 2
    assert float(swapped_cross_entropy(codes, uniform)) == pytest.approx(math.log(6))
