import pytest
import torch
from torch import Tensor

from sslstudio.engine.imaging.chosen import Rows, change_chosen, change_masked, change_rows
from tests.pictures import pictures

CHOICES = [[True, False, True, False], [False] * 4, [True] * 4]


@pytest.mark.parametrize("method", [change_rows, change_masked, change_chosen])
@pytest.mark.parametrize("choice", CHOICES)
def test_only_the_chosen_change_each_with_its_own_value(method, choice):
    images = pictures(4)
    values = torch.tensor([0.1, 0.2, 0.3, 0.4])

    def change(part: Tensor, rows: Rows) -> Tensor:
        return part.mul_(values[rows].view(-1, 1, 1, 1))

    chosen = torch.tensor(choice)
    result = method(images.clone(), chosen, change)
    expected = images * torch.where(chosen, values, 1.0).view(-1, 1, 1, 1)
    torch.testing.assert_close(result, expected)


def test_the_others_are_not_computed_on_a_cpu():
    seen: list[int] = []

    def change(part: Tensor, _rows: Rows) -> Tensor:
        seen.append(len(part))
        return part

    for choice in CHOICES:
        change_chosen(pictures(4), torch.tensor(choice), change)
    assert seen == [2, 4]
