"""Views that repeat some of the first view's draws, as LooC needs them."""

from types import SimpleNamespace

import pytest
import torch

from sslstudio.engine.observe import draw_batch
from sslstudio.engine.plan import ViewSource
from sslstudio.engine.views import Pipeline, of_kinds
from tests.catalog.augmentations.building import ENTRIES, context, seeded
from tests.pictures import as_bytes, pictures
from tests.support.runs import small_recipe, small_session, small_store

GEOMETRY = ("random-resized-crop", "horizontal-flip", "rotation")
KINDS = (*GEOMETRY, "color-jitter", "gaussian-noise", "erasing", "normalise")


def pipeline(*kinds: str) -> Pipeline:
    return Pipeline.from_specs([ENTRIES[kind].spec() for kind in kinds or KINDS], context(24))


def batch_of(*sources: ViewSource, seed: int = 0) -> tuple[torch.Tensor, ...]:
    store = small_store()
    parts = SimpleNamespace(views=sources)
    plan = SimpleNamespace(store=store, compute=SimpleNamespace(channels_last=False))
    rows = torch.arange(20)
    return draw_batch(parts, plan, rows, rows, seeded(seed)).views


def source(copies: int = 1, shares: tuple[str, ...] = (), kinds: tuple[str, ...] = KINDS):
    return ViewSource(name="v", pipeline=pipeline(*kinds), copies=copies, shares=shares)


def test_without_sharing_a_step_draws_what_the_pipelines_draw_one_after_the_other():
    generator, raw = seeded(), small_store().fetch(torch.arange(20))
    expected = [source().pipeline(raw, generator) for _ in range(3)]
    for view, wanted in zip(batch_of(source(2), source()), expected, strict=True):
        assert torch.equal(view, wanted)


def test_a_view_that_shares_everything_is_the_first_view():
    first, second, third = batch_of(source(), source(shares=KINDS), source(2, shares=KINDS))[:3]
    assert torch.equal(first, second)
    assert torch.equal(first, third)


def test_it_is_the_first_view_that_all_share_with():
    kinds = ("horizontal-flip", "rotation")
    flipped, turned = source(shares=kinds[:1], kinds=kinds), source(shares=kinds[1:], kinds=kinds)
    first, _, third = batch_of(source(kinds=kinds), flipped, turned)
    assert not torch.equal(first, third)
    generator, raw = seeded(), small_store().fetch(torch.arange(20))
    draws = [source(kinds=kinds).pipeline.drawn(raw, generator) for _ in range(3)]
    wanted = {**draws[2][1], ("rotation", 0): draws[0][1]["rotation", 0]}
    expected, _ = source(kinds=kinds).pipeline.drawn(raw, seeded(), wanted)
    assert torch.equal(third, expected)


def test_the_other_copies_of_the_first_pipeline_share_with_its_first():
    views = batch_of(source(3, shares=("random-resized-crop",), kinds=GEOMETRY[:1]))
    assert torch.equal(views[0], views[1])
    assert torch.equal(views[0], views[2])
    views = batch_of(source(2, kinds=GEOMETRY[:1]))
    assert not torch.equal(views[0], views[1])


def test_shared_operations_repeat_their_draws_and_all_others_stay_as_they_were():
    images = as_bytes(pictures(9))
    made = pipeline()
    _, first = made.drawn(images, seeded(1))
    _, alone = made.drawn(images, seeded(2))
    _, second = made.drawn(images, seeded(2), of_kinds(first, GEOMETRY))
    assert [kind for kind, _ in second] == list(KINDS)
    for key, numbers in second.items():
        assert torch.equal(numbers, (first if key[0] in GEOMETRY else alone)[key])
        assert numbers.numel() == 0 or not torch.equal(first[key], alone[key])


def test_sharing_leaves_the_generator_where_it_would_be():
    generators = seeded(3), seeded(3)
    made, images = pipeline(), pictures(5)
    _, first = made.drawn(images, seeded(1))
    made.drawn(images, generators[0])
    made.drawn(images, generators[1], first)
    assert torch.equal(generators[0].get_state(), generators[1].get_state())


def test_the_second_operation_of_a_kind_shares_with_the_second():
    made, images = pipeline("gaussian-noise", "color-jitter", "gaussian-noise"), pictures(5)
    _, first = made.drawn(images, seeded(1))
    _, second = made.drawn(images, seeded(2), of_kinds(first, ("gaussian-noise",)))
    noisy = [key for key in second if key[0] == "gaussian-noise"]
    assert noisy == [("gaussian-noise", 0), ("gaussian-noise", 1)]
    for key in noisy:
        assert torch.equal(first[key], second[key])


@pytest.mark.parametrize("kinds", [KINDS, ("color-jitter", "random-resized-crop", "cutout")])
def test_steps_show_what_the_call_gives(kinds):
    made, images = pipeline(*kinds), pictures(7)
    _, first = made.drawn(images, seeded(1))
    shared = of_kinds(first, kinds[:2])
    called, _ = made.drawn(images, seeded(2), shared)
    torch.testing.assert_close(made.steps(images, seeded(2), shared)[-1][1], called)


def test_a_recipe_that_shares_crops_trains_on_equal_crops(catalog):
    recipe = small_recipe(catalog, "simclr")
    crop = {"kind": "random-resized-crop", "scale": [0.2, 0.4]}
    views = [
        {"name": "A", "copies": 1, "pipeline": [crop]},
        {"name": "B", "copies": 1, "pipeline": [crop], "shares": ["random-resized-crop"]},
    ]
    from sslstudio.domain.edits import with_value

    session = small_session(catalog, with_value(recipe, "views", views, catalog.kinds))
    rows = torch.arange(12)
    batch = draw_batch(session.parts, session.plan, rows, rows, seeded())
    assert torch.equal(batch.views[0], batch.views[1])
    assert not torch.equal(batch.views[0], batch.images)
