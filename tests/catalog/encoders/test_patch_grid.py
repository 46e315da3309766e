"""One network over the patches of an image: which pixels reach which vector."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.encoders.patch_grid import ENTRY, PatchGridSpec
from sslstudio.domain.errors import RecipeError
from sslstudio.engine.patch_rows import cut_patches
from sslstudio.services.encoders import from_model
from sslstudio.services.export import export_encoder
from tests.catalog.objectives.tiny import context_for, noise_images, with_parts
from tests.services.export.photographs import encoder_for, write_photographs

NETWORK = {"kind": "convnet", "width": 8, "stages": 2, "convolutions": 1}


def spec_of(catalog, patch: int | None = 8, **network) -> PatchGridSpec:
    content = {"kind": "patch-grid", "patch": patch, "network": {**NETWORK, **network}}
    return PatchGridSpec.model_validate(content, context={"kinds": catalog.kinds})


def network(catalog, size: int = 32, **fields):
    torch.manual_seed(0)
    context = with_parts(context_for(noise_images(2, 3, size)))
    return ENTRY.build(spec_of(catalog, **fields), context).eval()


def test_each_patch_is_encoded_as_if_it_were_an_image(catalog):
    encoder, images = network(catalog), torch.rand(3, 3, 32, 32)
    grid = encoder.stages(images)["grid"]
    assert grid.shape == (3, encoder.dim, 7, 7)
    alone = encoder.network(images[1:2, :, 8:16, 20:28])
    torch.testing.assert_close(grid[1:2, :, 2, 5], alone)
    torch.testing.assert_close(encoder(images), grid.mean(dim=(2, 3)))


def test_a_pixel_reaches_the_patches_that_hold_it_and_no_other(catalog):
    encoder, images = network(catalog), torch.rand(1, 3, 32, 32)
    changed = images.clone()
    changed[..., 13, 2] = 0.0
    moved = (encoder.grid(images) != encoder.grid(changed)).any(dim=1)[0]
    assert moved.nonzero().tolist() == [[2, 0], [3, 0]]


def test_batch_norm_takes_its_statistics_from_one_row_of_the_grid(catalog):
    encoder, images = network(catalog).train(), torch.rand(4, 3, 32, 32)
    changed = images.clone()
    changed[:, :, 20:] = 0.5  # rows 4, 5 and 6, and the lower half of row 3's neighbour
    same = (encoder.grid(images) == encoder.grid(changed)).all(dim=3).all(dim=1).all(dim=0)
    assert same.tolist() == [True, True, True, True, False, False, False]


@pytest.mark.parametrize(("size", "side"), [(16, 8), (32, 8), (96, 24), (224, 56)])
def test_an_empty_patch_is_a_quarter_of_the_image(catalog, size, side):
    encoder = network(catalog, size=size, patch=None)
    assert encoder.patch == side
    assert encoder(torch.rand(1, 3, size, size)).shape == (1, encoder.dim)


def test_images_of_any_larger_size_and_shape_are_cut_as_far_as_they_go(catalog):
    encoder = network(catalog)
    assert encoder.grid(torch.rand(2, 3, 41, 29)).shape == (2, encoder.dim, 9, 6)
    assert cut_patches(torch.rand(2, 3, 41, 29), 8).shape == (2, 9, 6, 3, 8, 8)


def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(catalog):
    with FakeTensorMode(), torch.device("cuda"):
        assert network(catalog)(torch.rand(2, 3, 32, 32)).device.type == "cuda"


def test_patches_larger_than_a_view_are_refused(catalog):
    context = with_parts(context_for(noise_images(2, 3, 32)))
    with pytest.raises(RecipeError, match="do not fit into views of 20 px"):
        ENTRY.build(spec_of(catalog, patch=24), replace(context, view_sizes=(32, 20)))


@pytest.mark.parametrize("kind", ["pca", "two-streams"])
def test_a_network_that_cannot_learn_or_needs_colours_is_refused(catalog, kind):
    content = {"kind": "patch-grid", "network": {"kind": kind}}
    spec = PatchGridSpec.model_validate(content, context={"kinds": catalog.kinds})
    with pytest.raises(RecipeError, match=f"{kind} cannot encode"):
        ENTRY.build(spec, with_parts(context_for(noise_images(2, 3, 32))))


@pytest.mark.parametrize(
    "inside", [{"kind": "resnet", "depth": "18", "norm": "layer"}, {"kind": "vit", "depth": 1}]
)
def test_any_encoder_that_learns_may_see_the_patches(catalog, inside):
    content = {"kind": "patch-grid", "network": inside}
    spec = PatchGridSpec.model_validate(content, context={"kinds": catalog.kinds})
    encoder = ENTRY.build(spec, with_parts(context_for(noise_images(2, 3, 32))))
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, encoder.dim)


@pytest.mark.parametrize("form", ["safetensors", "onnx"])
def test_an_exported_encoder_reads_photographs(catalog, tmp_path, form):
    files = write_photographs(tmp_path / "few", 6)
    encoder = {"kind": "patch-grid", "patch": 16, "network": NETWORK}
    trained, images = encoder_for(files, catalog, tmp_path / "cache", encoder)
    report = export_encoder(trained, images, form, tmp_path / "out")
    assert report.largest_difference <= 1e-4
    if form == "safetensors":
        again = from_model(tmp_path / "out", catalog, "cpu")
        assert abs(trained.embed(images.images) - again.embed(images.images)).max() < 1e-5
