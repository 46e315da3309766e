from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.encoders.pca import Pca, PcaSpec
from sslstudio.catalog.objectives import fit
from tests.catalog.objectives.tiny import batch_of, context_for, digits


def test_it_reports_what_a_fitted_encoder_explains_and_moves_nothing():
    images = digits(300)
    context = context_for(images, views=1)
    encoder = Pca(PcaSpec(dims=8), context)
    objective = fit.build(fit.FitSpec(), replace(context, encoder=encoder))
    encoder.fit(images)
    with torch.no_grad():
        terms = objective.terms(batch_of(images, torch.arange(4), 1), "")
    assert 0.3 < float(terms["explained"]) < 1.0
    assert objective.players() == ()
    assert [anchor.term for anchor in objective.anchors()] == ["explained"]
    assert not fit.FitSpec.trainable
    assert not PcaSpec.trainable


def test_an_encoder_that_reports_nothing_gives_no_terms():
    objective = fit.build(fit.FitSpec(), context_for(digits(16)))
    assert objective.terms(batch_of(digits(16), torch.arange(4)), "") == {}
    assert objective.anchors() == ()


def test_a_fitted_state_survives_a_checkpoint():
    images = digits(300)
    context = context_for(images, views=1)
    first, second = (
        fit.build(fit.FitSpec(), replace(context, encoder=Pca(PcaSpec(dims=8), context)))
        for _ in range(2)
    )
    first.encoder.fit(images)
    second.load_state_dict(first.state_dict())
    x = images.normalised(images.pixels[:4])
    assert torch.equal(first.encoder(x), second.encoder(x))
    assert float(second.terms(batch_of(images, torch.arange(4), 1), "")["explained"]) == (
        pytest.approx(float(first.encoder.explained()))
    )
