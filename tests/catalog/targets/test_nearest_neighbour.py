from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from lightly.models.modules import NNMemoryBankModule

from sslstudio.catalog.losses.nt_xent import NtXent, NtXentSpec
from sslstudio.catalog.similarities.cosine import Cosine
from sslstudio.catalog.targets.nearest_neighbour import NearestNeighbourSpec
from sslstudio.domain.errors import RecipeError
from tests.catalog.losses.clouds import random_views
from tests.catalog.losses.wirings import wiring
from tests.catalog.targets.branches import (
    BATCH,
    DIM,
    IMAGES,
    branch,
    images,
    look,
    network,
    views_of,
)
from tests.support.runs import small_recipe, small_session

ROWS = torch.arange(BATCH)


def test_each_view_gets_the_nearest_stored_embedding():
    online = network()
    target = branch("nearest-neighbour", online)
    support = target.support.vectors.clone()
    answers = look(target, online, ROWS)
    for answer, view in zip(answers, views_of(ROWS), strict=True):
        unit = F.normalize(online(view), dim=1)
        nearest = torch.cdist(unit, support).argmin(dim=1)
        assert torch.equal(answer, support[nearest])


def test_the_support_set_begins_with_embeddings_of_untouched_images():
    online = network()
    target = branch("nearest-neighbour", online)
    online.eval()
    with torch.no_grad():
        every = F.normalize(online(images().normalised(images().pixels)), dim=1)
    found = (target.support.vectors @ every.T).max(dim=1)
    torch.testing.assert_close(found.values, torch.ones(IMAGES // 2), atol=1e-4, rtol=0.0)
    chosen = found.indices
    assert len(chosen.unique()) == IMAGES // 2
    # Not just the first or the last ones, which may be of one class.
    assert 30 < int((chosen < IMAGES // 2).sum()) < 70


def test_embeddings_of_the_first_view_enter_after_the_step():
    online = network()
    target = branch("nearest-neighbour", online, size=50)
    before = target.support.vectors.clone()
    look(target, online, ROWS)
    assert torch.equal(target.support.vectors, before)
    first = F.normalize(online(views_of(ROWS)[0]), dim=1).detach()
    target.after_step(online, 0.0)
    torch.testing.assert_close(target.support.vectors[:BATCH], first)
    assert torch.equal(target.support.vectors[BATCH:], before[BATCH:])


def test_the_neighbours_are_lightlys():
    target = branch("nearest-neighbour", network(), size=50)
    projections = random_views(2, BATCH, DIM)
    reference = NNMemoryBankModule(size=(50, DIM))
    reference(projections[0])  # makes the bank
    reference.bank.copy_(target.support.vectors)
    answers = target.embed(projections, projections, ROWS)
    for answer, z in zip(answers, projections, strict=True):
        assert torch.equal(answer, reference(z, update=False))


def test_the_loss_asks_predictions_about_the_other_views_neighbours():
    target = branch("nearest-neighbour", network(), size=50)
    projections = random_views(2, BATCH, DIM)
    predictions = random_views(2, BATCH, DIM, seed=1)
    answers = target.embed(projections, projections, ROWS)

    def one_way(query, positive, other):
        q, k, rest = (F.normalize(x, dim=1) for x in (query, positive, other))
        crowd = torch.cat([q @ k.T, (q @ rest.T).fill_diagonal_(-torch.inf)], dim=1) / 0.1
        return F.cross_entropy(crowd, ROWS)

    expected = (
        one_way(predictions[0], answers[1], answers[0])
        + one_way(predictions[1], answers[0], answers[1])
    ) / 2
    loss = NtXent(NtXentSpec(temperature=0.1))
    found = loss.terms(predictions, answers, Cosine(), None)["loss"]
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_the_predictor_takes_the_projection_and_both_directions_carry_gradient(catalog):
    changes = {
        "objective__target": "nearest-neighbour",
        "objective__predictor": {"kind": "mlp", "hidden": 16, "output": 128, "layers": 2},
    }
    session = small_session(catalog, small_recipe(catalog, **changes))
    objective = session.parts.objective
    widths = {}

    def measure(_module, inputs):
        widths["predictor"] = inputs[0].shape[1]

    objective.predictor.register_forward_pre_hook(measure)
    asked = []
    inner = objective.loss.terms

    def watched(queries, targets, similarity, memory):
        for query in queries:
            query.retain_grad()
        asked.extend(queries)
        assert not any(target.requires_grad for target in targets)
        return inner(queries, targets, similarity, memory)

    objective.loss.terms = watched
    objective.train()
    session.advance()
    assert widths["predictor"] == objective.projector.dim
    assert all(float(query.grad.abs().sum()) > 0 for query in asked)


def test_the_support_set_scales_with_the_data_and_never_exceeds_it():
    assert len(branch("nearest-neighbour", network()).support.vectors) == IMAGES // 2
    with pytest.raises(RecipeError, match=r"target.size: 201"):
        branch("nearest-neighbour", network(), size=IMAGES + 1)


def test_check_warns_of_a_small_support_set():
    def problems(spec, **rest):
        return list(spec.doubts(wiring(spec, NtXentSpec(), **rest)))

    (problem,) = problems(NearestNeighbourSpec(size=100), batch_size=256)
    assert (problem.severity, problem.path) == ("warning", "objective.target.size")
    (problem,) = problems(NearestNeighbourSpec(size=9001), train_images=9000)
    assert problem.severity == "error"
    assert not problems(NearestNeighbourSpec())
