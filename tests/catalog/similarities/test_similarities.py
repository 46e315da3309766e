from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from sslstudio.catalog import similarities
from sslstudio.catalog.entry import collect
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.catalog.similarities.dot import Dot

FIRST = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
SECOND = torch.randn(5, 4, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("similarity", [Cosine(), Dot()])
def test_pairs_are_the_diagonal_of_the_matrix(similarity):
    torch.testing.assert_close(
        similarity.pairs(FIRST, SECOND), similarity.matrix(FIRST, SECOND).diagonal()
    )


def test_cosine_is_torchs():
    torch.testing.assert_close(Cosine().pairs(FIRST, SECOND), F.cosine_similarity(FIRST, SECOND))


def test_dot_counts_lengths_and_cosine_does_not():
    torch.testing.assert_close(Cosine().matrix(3 * FIRST, SECOND), Cosine().matrix(FIRST, SECOND))
    torch.testing.assert_close(Dot().matrix(3 * FIRST, SECOND), 3 * FIRST @ SECOND.T)


def test_only_the_cosine_is_bounded():
    built = {kind: e.build(e.spec(), None) for kind, e in collect(similarities).items()}
    assert {kind: s.bounded for kind, s in built.items()} == {"cosine": True, "dot": False}
