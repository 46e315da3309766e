"""Two networks on lightness and colours: who sees what, under any normalisation."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.assemble import assemble, build_kept
from sslstudio.catalog.encoders.two_streams import ENTRY, TwoStreamsSpec
from sslstudio.domain.edits import with_value
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.imaging.lab import chroma, lightness
from sslstudio.services.encoders import begin_with, from_model
from sslstudio.services.export import export_encoder
from tests.catalog.objectives.tiny import context_for, noise_images, with_parts
from tests.services.export.photographs import encoder_for, write_photographs
from tests.support.runs import small_recipe, small_session, small_store

STREAM = {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1}


def spec_of(catalog, **stream) -> TwoStreamsSpec:
    content = {"kind": "two-streams", "stream": {**STREAM, **stream}}
    return TwoStreamsSpec.model_validate(content, context={"kinds": catalog.kinds})


def network(catalog, channels: int = 3, **stream):
    torch.manual_seed(0)
    context = with_parts(context_for(noise_images(2, channels, 16)))
    return ENTRY.build(spec_of(catalog, **stream), context).eval()


def test_without_a_choice_the_streams_are_convnets_of_half_the_usual_width(catalog):
    spec = TwoStreamsSpec.model_validate({"kind": "two-streams"}, context={"kinds": catalog.kinds})
    usual = catalog.kinds["encoders"]["convnet"]()
    assert spec.stream == usual.replaced(width=usual.width // 2)


def test_vector_and_maps_hold_the_streams_side_by_side(catalog):
    encoder, images = network(catalog), torch.rand(4, 3, 16, 16)
    light, colour = encoder.parts_of(images)
    first, second = encoder.light(light * 2.0 - 1.0), encoder.colour(colour * 2.0 - 1.0)
    assert encoder.dim == sum(encoder.stream_dims) == 2 * encoder.light.dim
    torch.testing.assert_close(encoder(images), torch.cat([first, second], dim=1))
    maps = encoder.stages(images)
    assert {name: features.shape[1] for name, features in maps.items()} == encoder.stage_dims


def test_each_stream_sees_its_own_part_of_the_image_only(catalog):
    encoder = network(catalog)
    grey = torch.rand(4, 1, 16, 16).expand(-1, 3, -1, -1)
    seen = encoder(grey).split(encoder.stream_dims, dim=1)
    # Grey images differ in lightness alone.
    assert not torch.allclose(seen[0][0], seen[0][1])
    assert torch.allclose(seen[1][0], seen[1][1], atol=1e-3)
    light, colour = encoder.parts_of(torch.rand(4, 3, 16, 16))
    assert (light.shape[1], colour.shape[1]) == (1, 2)


@pytest.mark.parametrize("statistics", ["dataset", "imagenet", "half", None])
@pytest.mark.parametrize("prepared", [False, True])
def test_it_knows_lightness_and_colours_under_every_normalisation(catalog, statistics, prepared):
    recipe = small_recipe(catalog, "cmc")
    pipeline = [{"kind": "horizontal-flip"}]
    if statistics is not None:
        pipeline.append({"kind": "normalise", "statistics": statistics})
    recipe = with_value(recipe, "views.0", {"copies": 1, "pipeline": pipeline}, catalog.kinds)
    store = small_store()
    kept, normalise = build_kept(recipe, catalog, store.facts())
    encoder = kept.encoder
    if prepared:
        session = small_session(catalog, recipe, store)
        session.prepare()
        encoder = session.parts.encoder
    pixels = store.fetch_float(torch.arange(6))
    read = pixels if normalise is None else normalise.apply(pixels)
    light, colour = encoder.parts_of(read)
    torch.testing.assert_close(light, lightness(pixels), atol=2e-5, rtol=0.0)
    torch.testing.assert_close(colour, chroma(pixels), atol=2e-5, rtol=0.0)


def test_weights_of_another_run_do_not_bring_its_normalisation(catalog):
    store = small_store()
    other, own = (
        small_recipe(catalog, "cmc", views__0__pipeline=[{"kind": "normalise", "statistics": kind}])
        for kind in ("half", "imagenet")
    )
    theirs, normalise = build_kept(other, catalog, store.facts())
    session = small_session(catalog, own, store)
    start = type("Start", (), {"name": "other", "kept": theirs, "recipe": other})()
    begin_with(session.parts, start)
    session.prepare()
    pixels = store.fetch_float(torch.arange(4))
    light, _ = session.parts.encoder.parts_of(session.parts.normalise.apply(pixels))
    torch.testing.assert_close(light, lightness(pixels), atol=2e-5, rtol=0.0)
    assert not torch.equal(session.parts.normalise.mean, normalise.mean)


def test_the_gradient_to_the_pixels_is_finite_also_at_black_and_white(catalog):
    encoder = network(catalog)
    images = torch.rand(4, 3, 16, 16)
    images[0], images[1] = 0.0, 1.0
    images.requires_grad_()
    encoder(images).square().sum().backward()
    assert bool(images.grad.isfinite().all())
    assert float(images.grad[2:].abs().sum()) > 0.0


def test_sixteen_bit_passes_convert_colours_in_full(catalog):
    encoder, images = network(catalog), torch.rand(4, 3, 16, 16)
    exact = encoder.parts_of(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert all(map(torch.equal, encoder.parts_of(images), exact))


def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(catalog):
    with FakeTensorMode(), torch.device("cuda"):
        assert network(catalog)(torch.rand(2, 3, 16, 16)).device.type == "cuda"


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_images_without_colours_are_refused(catalog, channels):
    with pytest.raises(RecipeError, match=f"have {channels} channel"):
        network(catalog, channels)


def test_a_stream_that_cannot_learn_or_needs_colours_is_refused(catalog):
    context = with_parts(context_for(noise_images(2, 3, 16)))
    for kind in ("pca", "two-streams"):
        content = {"kind": "two-streams", "stream": {"kind": kind}}
        spec = TwoStreamsSpec.model_validate(content, context={"kinds": catalog.kinds})
        with pytest.raises(RecipeError, match=f"{kind} cannot be one"):
            ENTRY.build(spec, context)


@pytest.mark.parametrize(
    "stream",
    [{"kind": "resnet", "depth": "18"}, {"kind": "vit", "depth": 1}, {"kind": "convnet"}],
)
def test_any_encoder_that_learns_serves_as_a_stream(catalog, stream):
    content = {"kind": "two-streams", "stream": stream}
    spec = TwoStreamsSpec.model_validate(content, context={"kinds": catalog.kinds})
    context = replace(with_parts(context_for(noise_images(2, 3, 16))), batch_size=2)
    encoder = ENTRY.build(spec, context)
    assert encoder(torch.rand(2, 3, 16, 16)).shape == (2, encoder.dim)


def test_parts_are_assembled_on_the_recipes_device_with_their_scale(catalog):
    recipe = small_recipe(catalog, "cmc")
    parts = assemble(recipe, catalog, small_store().facts(), torch.device("meta"))
    assert {b.device.type for b in parts.encoder.scale.buffers()} == {"meta"}


def test_an_exported_encoder_reads_photographs_and_comes_back_with_its_scale(catalog, tmp_path):
    files = write_photographs(tmp_path / "few", 6)
    encoder = {"kind": "two-streams", "stream": STREAM}
    trained, images = encoder_for(files, catalog, tmp_path / "cache", encoder)
    report = export_encoder(trained, images, "safetensors", tmp_path / "out")
    assert report.largest_difference <= 1e-4
    again = from_model(tmp_path / "out", catalog, "cpu")
    assert abs(trained.embed(images.images) - again.embed(images.images)).max() < 1e-5
