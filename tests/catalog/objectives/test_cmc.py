"""Lightness and colours that find each other: the loss by plain code, the banks, the anchors."""

from __future__ import annotations

import copy
import math

import pytest
import torch
import torch.nn.functional as F
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.encoders import two_streams
from sslstudio.catalog.objectives import cmc
from sslstudio.catalog.objectives.cmc import CmcSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.imaging.lab import chroma, lightness
from sslstudio.engine.parts import Batch
from tests.catalog.objectives.tiny import (
    TinyImages,
    batch_of,
    context_for,
    noise_images,
    optimizers_of,
    step,
    train,
    with_parts,
)

STREAM = {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1}
ESTIMATORS = [
    {"estimator": "full"},
    {"estimator": "nce", "negatives": 32},
    {"estimator": "sampled", "negatives": 32},
]
every_estimator = pytest.mark.parametrize(
    "fields", ESTIMATORS, ids=lambda fields: fields["estimator"]
)


def colourful(count: int = 120) -> TinyImages:
    """Return images of one colour each with a rectangle of another one."""
    draws = torch.Generator().manual_seed(1)
    pixels = torch.rand(count, 3, 1, 1, generator=draws).expand(-1, -1, 12, 12).clone()
    for image in pixels:
        top, left, height, width = torch.randint(1, 7, (4,), generator=draws).tolist()
        image[:, top : top + height, left : left + width] = torch.rand(3, 1, 1, generator=draws)
    return TinyImages(pixels, chunk=50)


def ready(catalog, images: TinyImages, **fields):
    torch.manual_seed(0)
    context = with_parts(context_for(images, views=1))
    content = {"kind": "two-streams", "stream": STREAM}
    spec = two_streams.TwoStreamsSpec.model_validate(content, context={"kinds": catalog.kinds})
    encoder = two_streams.build(spec, context)
    encoder.fit(images)
    fields = {"dim": 16, **fields}
    return cmc.ContrastiveMultiview(CmcSpec(**fields), encoder, images.count)


def embedded(objective, view) -> tuple[torch.Tensor, torch.Tensor]:
    return objective.heads(objective.encoder(view)).unbind(dim=1)


def test_the_loss_is_the_sum_of_both_directions_of_equation_2(catalog):
    images = colourful(60)
    objective = ready(catalog, images, temperature=0.3).eval()
    batch = batch_of(images, torch.tensor([3, 17, 44]), 1)
    with torch.no_grad():
        terms = objective.terms(batch, "model")
    prices = {"L to ab": [], "ab to L": []}
    light, colour = (part.detach() for part in embedded(objective, batch.views[0]))
    asked = zip(prices, (light, colour), (objective.colour_bank, objective.light_bank), strict=True)
    for name, z, bank in asked:
        for row, index in enumerate(batch.indices):
            h = torch.stack([torch.exp((z[row] * v).sum() / 0.3) for v in bank.vectors])
            prices[name].append(-torch.log(h[index] / h.sum()))
    for name, values in prices.items():
        assert float(terms[name]) == pytest.approx(float(torch.stack(values).mean()), rel=1e-5)
    assert float(terms["loss"]) == pytest.approx(sum(float(terms[n]) for n in prices), rel=1e-6)


@every_estimator
def test_embeddings_that_are_all_alike_cost_exactly_the_anchors(catalog, fields):
    images = colourful(64)
    objective = ready(catalog, images, **fields)
    for head in (objective.heads.light, objective.heads.colour):
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.ones_(head.bias)
    for bank in (objective.light_bank, objective.colour_bank):
        bank.vectors.copy_(F.normalize(torch.ones_like(bank.vectors), dim=1))
    terms = objective.terms(batch_of(images, torch.arange(16), 1), "model")
    for anchor in objective.anchors():
        assert float(terms[anchor.term].detach()) == pytest.approx(anchor.value, rel=1e-5)
    assert float(terms["agreement"]) == pytest.approx(1.0)
    if fields["estimator"] != "nce":
        assert objective.anchors()[0].value == pytest.approx(2.0 * math.log(64))


def test_each_view_looks_up_the_other_ones_bank(catalog):
    images = colourful(64)
    objective = ready(catalog, images).eval()
    batch = batch_of(images, torch.arange(16), 1)
    before = objective.terms(batch, "model")
    objective.colour_bank.vectors.copy_(objective.colour_bank.vectors.roll(1, dims=0))
    after = objective.terms(batch, "model")
    assert float(before["L to ab"]) != float(after["L to ab"])
    assert float(before["ab to L"]) == float(after["ab to L"])


def test_each_bank_follows_its_own_stream_after_the_step_and_takes_no_gradient(catalog):
    images = colourful(64)
    objective = ready(catalog, images, momentum=0.25)
    rows = torch.tensor([5, 9, 40])
    batch = batch_of(images, rows, 1)
    banks = (objective.light_bank, objective.colour_bank)
    before = [bank.vectors.clone() for bank in banks]
    norms = copy.deepcopy(objective.encoder.state_dict())
    z = [part.detach() for part in embedded(objective, batch.views[0])]
    objective.encoder.load_state_dict(norms)
    objective.terms(batch, "model")["loss"].backward()
    assert all(not bank.vectors.requires_grad for bank in banks)
    assert all(torch.equal(bank.vectors, old) for bank, old in zip(banks, before, strict=True))
    objective.after_step(0.0)
    for bank, old, new in zip(banks, before, z, strict=True):
        expected = F.normalize(0.25 * old[rows] + 0.75 * new, dim=1)
        torch.testing.assert_close(bank.vectors[rows], expected)
        rest = torch.ones(64, dtype=torch.bool).index_fill(0, rows, value=False)
        assert torch.equal(bank.vectors[rest], old[rest])


def test_the_banks_start_with_the_embeddings_of_their_streams(catalog):
    images = colourful(64)
    objective = ready(catalog, images)
    objective.before_epoch(0, images, torch.Generator())
    objective.eval()
    light, colour = embedded(objective, images.normalised(images.pixels))
    torch.testing.assert_close(objective.light_bank.vectors, light)
    torch.testing.assert_close(objective.colour_bank.vectors, colour)
    objective.light_bank.vectors.zero_()
    objective.before_epoch(1, images, torch.Generator())
    assert float(objective.light_bank.vectors.abs().max()) == 0.0


def test_each_direction_of_nce_keeps_a_normaliser_of_its_own(catalog):
    images = colourful(64)
    objective = ready(catalog, images, estimator="nce", negatives=32)
    optimizers = optimizers_of(objective, 1e-3)
    step(objective, batch_of(images, torch.arange(32), 1), optimizers)
    first = [part.log_normaliser.clone() for part in (objective.to_colour, objective.to_light)]
    step(objective, batch_of(images, torch.arange(32, 64), 1), optimizers)
    second = [part.log_normaliser for part in (objective.to_colour, objective.to_light)]
    assert all(value.isfinite() for value in first)
    assert first == second
    assert first[0] != first[1]


@every_estimator
def test_it_learns_to_find_each_image_by_its_other_half(catalog, fields):
    images = colourful(64)
    objective = ready(catalog, images, temperature=0.1, **fields)
    start = train(objective, images, epochs=1)
    last = train(objective, images, epochs=25, rate=5e-3)
    assert last["loss"] < 0.8 * start["loss"]
    objective.before_epoch(0, images, torch.Generator())
    light, colour = objective.light_bank.vectors, objective.colour_bank.vectors
    scores = light @ colour.T
    rank = (scores > scores.diagonal()[:, None]).sum(dim=1).float()
    assert float(rank.median()) < 16


@pytest.mark.parametrize(
    "change", [{"temperature": 0.2}, {"dim": 32}, {"estimator": "nce"}, {"negatives": 64}]
)
def test_every_setting_changes_the_loss(catalog, change):
    images = colourful(64)
    base = {"estimator": "sampled", "negatives": 16}
    losses = []
    for fields in (base, {**base, **change}):
        objective = ready(catalog, images, **fields)
        torch.manual_seed(4)
        terms = objective.terms(batch_of(images, torch.arange(16), 1), "model")
        losses.append(float(terms["loss"].detach()))
    assert losses[0] != losses[1]


@every_estimator
def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break(catalog, fields):
    images = colourful(64)
    first = ready(catalog, images, **fields)
    first.before_epoch(0, images, torch.Generator())
    step(first, batch_of(images, torch.arange(32), 1), optimizers_of(first, 1e-3))
    second = ready(catalog, images, **fields)
    second.load_state_dict(first.state_dict())
    outcomes = []
    for objective in (first, second):
        optimizers = optimizers_of(objective, 1e-3)
        batches = [batch_of(images, torch.arange(at, at + 32), 1) for at in (32, 16)]
        outcomes.append([step(objective, batch, optimizers, seed=7) for batch in batches])
    assert outcomes[0] == outcomes[1]
    restored = second.state_dict()
    assert all(torch.equal(value, restored[name]) for name, value in first.state_dict().items())


@every_estimator
@pytest.mark.parametrize("views", [1, 3])
def test_gradients_reach_both_streams_and_the_loss_stays_in_float32(catalog, fields, views):
    images = colourful(64)
    objective = ready(catalog, images, **fields)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = objective.terms(batch_of(images, torch.arange(32), views), "model")
    assert terms["loss"].dtype == torch.float32
    assert all(value.ndim == 0 and value.isfinite() for value in terms.values())
    terms["loss"].backward()
    assert all(float(p.grad.abs().sum()) > 0.0 for p in objective.parameters())
    assert {anchor.term for anchor in objective.anchors()} <= set(terms)


def test_the_embedding_is_a_unit_vector_of_both_halves(catalog):
    images = colourful(8)
    objective = ready(catalog, images).eval()
    h = objective.encoder(images.normalised(images.pixels))
    z = objective.project(h)
    assert z.shape == (8, 32)
    torch.testing.assert_close(z.norm(dim=1), torch.ones(8))


def test_the_stimulus_is_the_lightness_and_the_colours_that_the_networks_read(catalog):
    images = colourful(12)
    objective = ready(catalog, images)
    shown = objective.stimulus(batch_of(images, torch.arange(12), 1))
    assert list(shown) == ["Lightness", "Colours"]
    assert all(pictures.shape == (8, 3, 12, 12) for pictures in shown.values())
    seen = images.pixels[:8]
    torch.testing.assert_close(shown["Lightness"][:, :1], lightness(seen), atol=1e-5, rtol=0.0)
    muted = (chroma(seen) - 0.5).norm(dim=1) < 0.1  # what a screen can show at one lightness
    torch.testing.assert_close(
        chroma(shown["Colours"]).movedim(1, 3)[muted],
        chroma(seen).movedim(1, 3)[muted],
        atol=2e-2,
        rtol=0.0,
    )
    assert 0.0 <= float(shown["Colours"].min()) <= float(shown["Colours"].max()) <= 1.0


@every_estimator
def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(catalog, fields):
    images = noise_images(40, 3, 16)
    with FakeTensorMode():
        with torch.device("cuda"):
            objective = ready(catalog, TinyImages(torch.rand(40, 3, 16, 16)), **fields)
            view, rows = torch.rand(8, 3, 16, 16), torch.arange(8)
            batch = Batch(views=(view,), images=view, indices=rows)
        terms = objective.terms(batch, "model")
        assert all(value.device.type == "cuda" for value in terms.values())
        assert all(part.device.type == "cuda" for part in objective.stimulus(batch).values())
        objective.after_step(0.5)
    assert images.count == objective.light_bank.vectors.shape[0]


def test_an_encoder_of_one_network_is_refused():
    context = with_parts(context_for(noise_images(40, 3, 16)))
    with pytest.raises(RecipeError, match="one network"):
        cmc.build(CmcSpec(), context)
