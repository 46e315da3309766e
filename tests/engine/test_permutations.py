import itertools

import pytest
import torch

from sslstudio.engine.permutations import permutation_set


def distances(permutations: torch.Tensor) -> torch.Tensor:
    """Return the Hamming distance of every two of them  # (pairs,)."""
    pairs = itertools.combinations(permutations, 2)
    return torch.tensor([int((first != second).sum()) for first, second in pairs])


def test_four_tiles_have_all_24_orders():
    chosen = permutation_set(4, 24)
    assert sorted(map(tuple, chosen.tolist())) == sorted(itertools.permutations(range(4)))


@pytest.mark.parametrize(("items", "count"), [(4, 5), (9, 30)])
def test_each_next_permutation_is_as_far_from_the_earlier_ones_as_any_could_be(items, count):
    chosen = permutation_set(items, count)
    assert all(sorted(row) == list(range(items)) for row in chosen.tolist())
    candidates = torch.stack(
        [torch.randperm(items, generator=torch.Generator().manual_seed(s)) for s in range(300)]
    )
    for number in range(1, count):
        before = chosen[:number]
        taken = (chosen[number] != before).sum(dim=1).float().mean()
        others = (candidates[:, None] != before).sum(dim=2).float().mean(dim=1)
        assert float(taken) >= float(others.max()) - 1e-6


def test_nine_tiles_differ_in_nearly_all_places():
    found = distances(permutation_set(9, 64))
    # Random permutations of nine items: mean 8.0, and the two nearest of 64 differ in 4.
    assert float(found.float().mean()) > 8.1
    assert int(found.min()) >= 4
    first_nine = distances(permutation_set(9, 9))
    assert first_nine.tolist() == [9] * 36  # a Latin square: no tile twice at one place


def test_the_set_is_always_the_same_and_longer_ones_begin_with_shorter_ones():
    torch.manual_seed(5)
    first = permutation_set(9, 20)
    assert first[0].tolist() == list(range(9))
    assert torch.equal(first, permutation_set(9, 40)[:20])


@pytest.mark.parametrize(("items", "count"), [(4, 25), (10, 5), (1, 1), (4, 0)])
def test_what_cannot_be_found_is_refused(items, count):
    with pytest.raises(ValueError, match=f"no {count} permutations of {items}"):
        permutation_set(items, count)
