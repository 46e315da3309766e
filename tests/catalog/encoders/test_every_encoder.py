"""What holds for every encoder: cut at its last stage it is itself, and images stand alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sslstudio.catalog.catalog import load_catalog
from sslstudio.engine.parts import Encoder
from tests.catalog.losses.clouds import context_of
from tests.catalog.objectives.tiny import TinyImages
from tests.catalog.test_every_entry import default_of
from tests.pictures import pictures

CATALOG = load_catalog()
PICTURES = TinyImages(pictures(24, 24))
CHEAP = {"side": 12, "depth": 2, "entries": 40, "centroids": 16}
every_encoder = pytest.mark.parametrize("kind", list(CATALOG.entries("encoders")))


def fitted(kind: str) -> Encoder:
    """Return an encoder in evaluation mode, smaller than its default where it can be."""
    entry = CATALOG.entries("encoders")[kind]
    fields = entry.spec.model_fields
    # A ResNet's depth is one of a few names.
    small = {n: v for n, v in CHEAP.items() if n in fields and fields[n].annotation is not str}
    spec = default_of(entry, CATALOG)
    spec = spec if kind == "resnet" else spec.replaced(**small)
    torch.manual_seed(0)
    context = replace(context_of(8, PICTURES.count), builder=CATALOG.build, size=24, view_size=24)
    encoder = entry.build(spec, context)
    encoder.fit(PICTURES)
    return encoder.eval()


@every_encoder
@torch.no_grad()
def test_cut_at_its_last_stage_and_pooled_it_is_the_whole(kind):
    encoder = fitted(kind)
    images = PICTURES.normalised(PICTURES.pixels[:3])
    maps = encoder.stages(images)
    h = encoder(images)
    if type(encoder).forward is Encoder.forward:  # others put several stages together
        torch.testing.assert_close(encoder.pool(list(maps.values())[-1]), h)
    assert h.shape == (3, encoder.dim)
    assert {name: found.shape[1] for name, found in maps.items()} == dict(encoder.stage_dims)
    assert bool(h.isfinite().all())
    assert len(h.unique(dim=0)) == 3


@every_encoder
@torch.no_grad()
def test_in_evaluation_an_image_is_embedded_alone_whatever_its_company(kind):
    encoder = fitted(kind)
    images = PICTURES.normalised(PICTURES.pixels[:4])
    together, alone = encoder(images), encoder(images[2:3])
    torch.testing.assert_close(together[2:3], alone, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(together[[3, 1, 0, 2]], encoder(images[[3, 1, 0, 2]]))
