"""What is shown of a model that trains, of every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sslstudio.domain.events import Shown
from sslstudio.engine.loop import train
from tests.support.runs import MemoryKeep, Script, small_recipe, small_session, small_store

CLUSTERS = ("deepcluster", "deepcluster-v2", "sela", "local-aggregation", "pcl")


def exhibition(catalog, preset, store=None, **changes):
    session = small_session(catalog, small_recipe(catalog, preset, **changes), store)
    session.prepare()
    return session, session.observer.pictures()


def groups(shown):
    return list(dict.fromkeys(row.group for row in shown.rows))


@pytest.mark.parametrize("preset", CLUSTERS)
def test_clusterings_show_training_images_of_their_largest_clusters(catalog, preset):
    session, shown = exhibition(catalog, preset)
    assert groups(shown) == ["clusters"]
    clusters = session.parts.objective.image_clusters()
    sizes = clusters.bincount().sort(descending=True).values
    assert shown.numbers["sorted images"] == len(session.plan.store.train)
    assert shown.numbers["used clusters"] == int((sizes > 0).sum())
    for row, size in zip(shown.rows, sizes.tolist(), strict=False):
        number = int(row.caption.split(",")[0].removeprefix("Cluster ")) - 1
        assert f", {size} images, " in row.caption
        members = session.plan.store.train[clusters == number]
        theirs = {image.tobytes() for image in pixels(session, members)}
        pictures = shown.arrays[row.caption]
        assert len(pictures) == min(8, size)
        assert all(picture.tobytes() in theirs for picture in pictures)


def pixels(session, rows):
    return session.plan.store.fetch(rows).permute(0, 2, 3, 1).contiguous().numpy()


@pytest.mark.parametrize("preset", ["swav", "dino"])
def test_prototypes_show_validation_images(catalog, preset):
    session, shown = exhibition(catalog, preset)
    assert groups(shown) == ["prototypes"]
    assert shown.numbers["sorted images"] == len(session.observer.probe)
    assert 0.0 < shown.numbers["purity"] <= 1.0
    seen = {image.tobytes() for image in pixels(session, session.observer.probe)}
    assert all(p.tobytes() in seen for row in shown.rows for p in shown.arrays[row.caption])
    assert {"view_a", "view_b"} <= shown.arrays.keys()


@pytest.mark.parametrize("preset", ["simclr", "byol", "npid", "pca"])
def test_methods_without_an_answer_show_nearest_neighbours(catalog, preset):
    _, shown = exhibition(catalog, preset)
    assert groups(shown) == ["neighbours"]
    assert len(shown.rows) == 5
    assert all(len(shown.arrays[row.caption]) == len(row.marks) == 6 for row in shown.rows)
    assert 0.0 <= shown.numbers["neighbours alike"] <= 1.0


def test_without_labels_nothing_is_called_right(catalog):
    store = small_store()
    unlabelled = replace(store, labels=torch.full_like(store.labels, -1))
    _, shown = exhibition(catalog, "simclr", unlabelled)
    assert all(row.marks == () for row in shown.rows)
    assert not np.isfinite(shown.numbers["neighbours alike"])


@pytest.mark.parametrize("preset", ["rotation", "jigsaw", "relative-patch", "exemplar", "cpc"])
def test_answers_are_marked_right_or_wrong(catalog, preset):
    _, shown = exhibition(catalog, preset)
    assert groups(shown) == ["answers"]
    marked = [row for row in shown.rows if row.marks]
    assert len(marked) == 1
    assert len(marked[0].marks) == len(shown.arrays[marked[0].caption])


@pytest.mark.parametrize("pooling", ["mean", "class-token"])
def test_transformers_show_where_they_look(catalog, pooling):
    encoder = {"kind": "vit", "depth": 1, "pooling": pooling}
    _, shown = exhibition(catalog, "simclr", encoder=encoder)
    assert groups(shown) == ["neighbours", "attention"]
    looks = [row.caption for row in shown.rows if row.group == "attention"]
    assert looks[:2] == ["Image", "Looked at by all 3 heads"]
    assert all(shown.arrays[caption].shape == (8, 16, 16, 3) for caption in looks)


def test_the_event_says_what_the_rows_are(catalog):
    session, keep = small_session(catalog, small_recipe(catalog, "rotation")), MemoryKeep()
    events = [e for e in train(session, keep, Script()) if isinstance(e, Shown)]
    assert [row.caption for row in events[-1].rows] == list(events[-1].captions)
    assert keep.shown[session.step].keys() == set(events[-1].captions)
    assert Shown.model_validate_json(events[-1].model_dump_json()) == events[-1]


def test_what_is_measured_is_what_is_kept(catalog):
    wanted = {"layer": "stage1", "also": ["projector"]}
    session = small_session(catalog, small_recipe(catalog, "simclr", representation=wanted))
    parts, observer = session.parts, session.observer
    parts.objective.eval()
    snapshot = observer.snapshot(0, with_bank=True)
    images = parts.normalise.apply(session.plan.store.fetch_float(observer.probe))
    torch.testing.assert_close(snapshot.h, parts.kept(images))
    torch.testing.assert_close(snapshot.z, parts.objective.project(parts.encoder(images)))
    assert snapshot.bank.shape[1] == parts.kept.dim


@pytest.mark.parametrize("preset", ["vae", "bigan", "bigbigan"])
def test_painted_images_are_seen_by_the_encoder_as_real_ones_are(catalog, preset):
    session, _ = exhibition(catalog, preset)
    parts, observer = session.parts, session.observer
    first, again = (observer.snapshot(0, with_bank=False).h_painted for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (256, parts.kept.dim)
    taken = {r.name: r.value for r in observer.measure(0, with_bank=False)}
    assert 0.0 < taken["sample_rank"] < 2.0


def test_a_method_that_paints_nothing_new_has_no_sample_rank(catalog):
    session, _ = exhibition(catalog, "autoencoder")
    assert session.observer.snapshot(0, with_bank=False).h_painted is None
