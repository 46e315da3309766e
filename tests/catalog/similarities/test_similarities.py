from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog import similarities
from sslstudio.catalog.entry import collect
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.catalog.similarities.dot import Dot
from sslstudio.catalog.similarities.negative_euclidean import NegativeEuclidean
from sslstudio.domain.errors import RecipeError
from tests.catalog.losses.clouds import context_of

FIRST = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
SECOND = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))
ALL = {kind: e.build(e.spec(), context_of(4)) for kind, e in collect(similarities).items()}


@pytest.fixture(params=sorted(ALL))
def similarity(request):
    return ALL[request.param]


def test_pairs_are_the_diagonal_of_the_matrix(similarity):
    torch.testing.assert_close(
        similarity.pairs(FIRST, SECOND), similarity.matrix(FIRST, SECOND).diagonal()
    )


def test_a_matrix_has_a_row_for_each_of_the_first(similarity):
    assert similarity.matrix(FIRST[:2], SECOND).shape == (2, 5)


def test_cosine_is_torchs():
    torch.testing.assert_close(Cosine().pairs(FIRST, SECOND), F.cosine_similarity(FIRST, SECOND))


def test_dot_counts_lengths_and_cosine_does_not():
    torch.testing.assert_close(Cosine().matrix(3 * FIRST, SECOND), Cosine().matrix(FIRST, SECOND))
    torch.testing.assert_close(Dot().matrix(3 * FIRST, SECOND), 3 * FIRST @ SECOND.T)


def test_negative_euclidean_is_torchs_distance_also_far_from_the_origin():
    torch.testing.assert_close(
        NegativeEuclidean().matrix(FIRST, SECOND), -torch.cdist(FIRST, SECOND)
    )
    far = NegativeEuclidean().matrix(FIRST + 1000.0, SECOND + 1000.0)
    torch.testing.assert_close(far, -torch.cdist(FIRST, SECOND), atol=1e-3, rtol=1e-3)


def test_equal_embeddings_have_no_distance_and_a_finite_gradient():
    point = FIRST.clone().requires_grad_()
    for similarity in (Cosine(), NegativeEuclidean()):
        found = similarity.distances(similarity.matrix(point, point.detach())).diagonal()
        torch.testing.assert_close(found, torch.zeros(5), atol=1e-6, rtol=0.0)
        found.sum().backward()
        assert bool(point.grad.isfinite().all())


def test_distances_are_euclidean_ones():
    unit_first, unit_second = F.normalize(FIRST, dim=1), F.normalize(SECOND, dim=1)
    cosine = Cosine()
    torch.testing.assert_close(
        cosine.distances(cosine.pairs(FIRST, SECOND)), (unit_first - unit_second).norm(dim=1)
    )
    distance = NegativeEuclidean()
    torch.testing.assert_close(
        distance.distances(distance.pairs(FIRST, SECOND)), (FIRST - SECOND).norm(dim=1)
    )


def test_a_spec_says_whether_its_values_stand_for_distances():
    for kind, entry in collect(similarities).items():
        if entry.spec.is_distance:
            assert ALL[kind].distances(torch.tensor([-0.5])).shape == (1,)
        else:
            with pytest.raises(RecipeError, match=r"stands for none.*cosine"):
                ALL[kind].distances(torch.tensor([-0.5]))


def test_only_the_cosine_is_bounded():
    assert [kind for kind, built in ALL.items() if built.bounded] == ["cosine"]
