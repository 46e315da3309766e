from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.encoders.convnet import Convnet, ConvnetSpec
from sslstudio.catalog.objectives import colorization
from sslstudio.domain.errors import DataError, RecipeError
from sslstudio.engine.imaging.lab import chroma, from_lab, lightness, unscaled
from sslstudio.engine.parts import Batch, BuildContext
from tests.catalog.objectives.tiny import TinyImages, context_for, digits, optimizers_of, step

SIDE = 8


class LightImages(TinyImages):
    """Images that the encoder sees in one channel of lightness."""

    def normalised(self, images: Tensor) -> Tensor:
        return lightness(images) * 2.0 - 1.0


def coloured_digits(count: int = 300) -> LightImages:
    """Return digits, each kind in a colour of its own, on black."""
    grey = digits(count)
    palette = torch.rand(10, 3, generator=torch.Generator().manual_seed(4)) * 0.8 + 0.2
    return LightImages(grey.pixels * palette[grey.labels][:, :, None, None], labels=grey.labels)


def context(images: TinyImages) -> BuildContext:
    encoder = Convnet(ConvnetSpec(width=16, stages=2, convolutions=1), 1)
    return replace(
        context_for(images, views=2), encoder=encoder, view_channels=(1, 2), view_sizes=(SIDE, 4)
    )


def batch_of(images: TinyImages, rows: Tensor) -> Batch:
    pixels = images.pixels[rows]
    small = torch.nn.functional.avg_pool2d(pixels, 2)
    return Batch(views=(images.normalised(pixels), chroma(small)), images=pixels, indices=rows)


def ready(images: TinyImages, **fields) -> colorization.Colorization:
    torch.manual_seed(0)
    objective = colorization.build(colorization.ColorizationSpec(**fields), context(images))
    objective.before_epoch(0, images, torch.Generator())
    return objective


def flat(objective: colorization.Colorization) -> colorization.Colorization:
    """Return the objective with an answer that finds all bins equally likely."""
    torch.nn.init.zeros_(objective.decoder.to_answers.weight)
    torch.nn.init.zeros_(objective.decoder.to_answers.bias)
    return objective


def test_the_loss_is_the_papers_formula_written_plainly():
    images = coloured_digits()
    objective = ready(images).eval()
    batch = batch_of(images, torch.arange(3))
    logits = objective.decoder(list(objective.encoder.stages(batch.views[0]).values())[-1])
    probability = logits.softmax(dim=1)
    total = mass = 0.0
    for image in range(3):
        for y in range(4):
            for x in range(4):
                ab = (batch.views[1][image, :, y, x] - 0.5) * 220.0
                squared = (objective.bins.centres - ab).square().sum(dim=1)
                nearest = squared.argsort()[:5]
                z = (-squared[nearest] / (2 * 10.0**2)).exp()
                z = z / z.sum()
                v = objective.weights[nearest[0]]
                total += v * -(z * probability[image, nearest, y, x].log()).sum()
                mass += v
    loss = objective.terms(batch, "model")["loss"]
    assert float(loss.detach()) == pytest.approx(float((total / mass).detach()), rel=1e-4)


def test_a_uniform_answer_costs_exactly_the_chance_anchor():
    images = coloured_digits()
    objective = flat(ready(images))
    loss = objective.terms(batch_of(images, torch.arange(50)), "model")["loss"]
    anchors = {anchor.term: anchor.value for anchor in objective.anchors()}
    assert float(loss.detach()) == pytest.approx(math.log(76), abs=1e-5)
    assert anchors == pytest.approx({"loss": math.log(76), "accuracy": 1 / 76})


def test_weights_are_counted_once_before_the_first_epoch():
    images = coloured_digits()
    objective = ready(images)
    counts = torch.zeros(objective.bins.count)
    colours = chroma(images.pixels).permute(0, 2, 3, 1).flatten(0, 2)
    for nearest in objective.bins.soft(colours)[0][:, 0].tolist():
        counts[nearest] += 1
    assert torch.allclose(objective.weights, objective.bins.weights(counts, 0.5), rtol=1e-4)
    before = objective.weights.clone()
    objective.before_epoch(1, LightImages(images.pixels.flip(1)), torch.Generator())
    assert torch.equal(before, objective.weights)


def test_the_encoder_sees_lightness_and_no_colour(monkeypatch):
    images = coloured_digits()
    objective = ready(images)
    seen, stages = [], objective.encoder.stages
    monkeypatch.setattr(objective.encoder, "stages", lambda x: seen.append(x) or stages(x))
    batch = batch_of(images, torch.arange(8))
    loss = objective.terms(batch, "model")["loss"]
    [view] = seen
    assert view.shape[1] == 1
    other = replace(batch, views=(batch.views[0], batch.views[1].flip(0)))
    assert float(objective.terms(other, "model")["loss"].detach()) != float(loss.detach())
    assert torch.equal(seen[0], seen[1])


def test_single_images_are_priced_so_that_their_mean_is_the_loss():
    images = coloured_digits()
    objective = ready(images)
    batch = batch_of(images, torch.arange(64))
    losses = objective.image_losses(batch)
    loss = objective.terms(batch, "model")["loss"]
    assert losses.shape == (64,)
    assert float(losses.mean().detach()) == pytest.approx(float(loss.detach()), rel=1e-5)


def test_it_learns_the_colours_of_digits_it_has_never_seen():
    images = coloured_digits(600)
    train, unseen = torch.arange(384), torch.arange(384, 600)
    objective = ready(images, width=32)
    optimizers = optimizers_of(objective, 1e-2)
    for epoch in range(6):
        order = train[torch.randperm(384, generator=torch.Generator().manual_seed(epoch))]
        for rows in order.split(64):
            step(objective, batch_of(images, rows), optimizers)
    objective.eval()
    with torch.no_grad():
        terms = objective.terms(batch_of(images, unseen), "model")
        blind = flat(copy.deepcopy(objective)).terms(batch_of(images, unseen), "model")
    assert float(terms["loss"]) < 0.6 * float(blind["loss"])
    assert float(terms["accuracy"]) > 0.25


def test_the_loss_moves_encoder_and_decoder_and_players_share_all():
    images = coloured_digits()
    objective = ready(images)
    before = copy.deepcopy(objective)
    step(objective, batch_of(images, torch.arange(64)), optimizers_of(objective, 1e-2))
    moved = zip(objective.parameters(), before.parameters(), strict=True)
    assert all(not torch.equal(new, old) for new, old in moved)
    shared = [id(p) for who in objective.players() for g in who.groups for p in g.parameters]
    assert sorted(shared) == sorted(id(p) for p in objective.parameters())


def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break():
    images = coloured_digits()
    first = ready(images)
    step(first, batch_of(images, torch.arange(64)), optimizers_of(first, 1e-3))
    torch.manual_seed(99)
    second = colorization.build(colorization.ColorizationSpec(), context(images))
    second.load_state_dict(first.state_dict())
    outcomes = []
    for objective in (first, second):
        optimizers = optimizers_of(objective, 1e-3)
        batches = [batch_of(images, torch.arange(start, start + 64)) for start in (64, 32)]
        outcomes.append([step(objective, batch, optimizers, seed=7) for batch in batches])
    assert outcomes[0] == outcomes[1]


def test_the_exhibition_shows_input_answer_and_truth_and_changes_nothing():
    images = coloured_digits()
    objective = ready(images).eval()
    batch = batch_of(images, torch.arange(8))
    before = copy.deepcopy(objective.state_dict())
    with torch.no_grad():
        shown = objective.exhibit(batch)
    assert list(shown) == ["Input", "Model's colours", "True colours"]
    for pictures in shown.values():
        assert pictures.shape == (8, 3, SIDE, SIDE)
        assert 0.0 <= float(pictures.min()) <= float(pictures.max()) <= 1.0
    light = lightness(images.pixels[:8])
    assert torch.allclose(shown["Input"], light.expand(-1, 3, -1, -1), atol=1e-5)
    large = torch.nn.functional.interpolate(
        batch.views[1], [SIDE, SIDE], mode="bilinear", antialias=True
    )
    assert torch.allclose(shown["True colours"], from_lab(unscaled(light, large)), atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in objective.state_dict().items())


def test_the_temperature_of_pictures_changes_while_training():
    images = coloured_digits()
    objective = ready(images).eval()
    batch = batch_of(images, torch.arange(4))
    warm = objective.exhibit(batch)["Model's colours"]
    part = objective.live()["objective"]
    part.spec = part.spec.replaced(temperature=0.01)
    assert not torch.equal(warm, objective.exhibit(batch)["Model's colours"])


def test_grey_images_are_refused_with_the_reason():
    grey = LightImages(digits(100).pixels.expand(-1, 3, -1, -1))
    objective = colorization.build(colorization.ColorizationSpec(), context(grey))
    with pytest.raises(DataError, match="All training images are grey"):
        objective.before_epoch(0, grey, torch.Generator())


def test_views_of_other_channels_and_encoders_without_a_map_are_refused(monkeypatch):
    images = coloured_digits()
    with pytest.raises(RecipeError, match="3 and 3 channels"):
        colorization.build(colorization.ColorizationSpec(), context_for(images, views=2))
    objective = ready(images)
    dim = objective.encoder.dim
    monkeypatch.setattr(
        objective.encoder, "stages", lambda x: {"tokens": torch.zeros(len(x), 5, dim)}
    )
    with pytest.raises(RecipeError, match="no map of positions"):
        objective.terms(batch_of(images, torch.arange(4)), "model")


@pytest.mark.parametrize(("size", "bins"), [(32, 76), (63, 76), (64, 261)])
def test_small_images_have_fewer_bins(size, bins):
    images = coloured_digits(20)
    sized = replace(context(images), view_size=size)
    assert colorization.build(colorization.ColorizationSpec(), sized).bins.count == bins
    chosen = colorization.build(colorization.ColorizationSpec(bin_size=25.0), sized)
    assert (chosen.bins.count, chosen.bins.sigma) == (50, 12.5)


def test_sixteen_bit_forward_passes_leave_the_loss_in_float32():
    images = coloured_digits()
    objective = ready(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        terms = objective.terms(batch_of(images, torch.arange(64)), "model")
    assert terms["loss"].dtype == torch.float32
    terms["loss"].backward()


def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu():
    images = coloured_digits(40)
    with FakeTensorMode():
        with torch.device("cuda"):
            objective = colorization.build(colorization.ColorizationSpec(), context(images))
            views = (torch.rand(8, 1, SIDE, SIDE), torch.rand(8, 2, 4, 4))
            batch = Batch(views=views, images=torch.rand(8, 3, 8, 8), indices=torch.arange(8))
        terms = objective.terms(batch, "model")
    assert all(value.device.type == "cuda" for value in terms.values())
