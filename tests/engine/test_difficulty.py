import pytest
import torch
import torch.nn.functional as F

from sslstudio.engine import difficulty as module
from sslstudio.engine.difficulty import difficulty
from sslstudio.engine.observe import draw_batch
from sslstudio.engine.sampling import seeded
from tests.support.runs import small_recipe, small_session


def ignore(_done, _total):
    pass


def weights(session):
    return {name: tensor.clone() for name, tensor in session.parts.objective.state_dict().items()}


@pytest.fixture
def contrastive(catalog):
    return small_session(catalog, small_recipe(catalog, "simclr"))


def test_a_batch_loss_gives_way_to_one_minus_the_cosine_of_two_views(contrastive):
    parts, plan = contrastive.parts, contrastive.plan
    rows = plan.store.train[:20]
    found = difficulty(parts, plan, rows, ignore)
    generator = seeded("cpu", plan.seed, "difficulty", 0)
    expected = torch.zeros(20)
    with torch.no_grad():
        for _ in range(2):
            views = draw_batch(parts, plan, rows, torch.arange(20), generator).views
            first, second = (parts.objective.project(parts.encoder(view)) for view in views)
            expected += (1 - F.cosine_similarity(first, second)) / 2
    assert found.kind == "alignment"
    torch.testing.assert_close(found.values, expected, rtol=1e-4, atol=1e-5)
    assert len(found.values.unique()) == 20


def test_an_objective_of_single_images_gives_their_own_losses(catalog):
    session = small_session(catalog, small_recipe(catalog, "rotation"))
    parts, plan = session.parts, session.plan
    rows = plan.store.held_out
    found = difficulty(parts, plan, rows, ignore)
    assert found.kind == "loss"
    generator = seeded("cpu", plan.seed, "difficulty", 0)
    batches = [draw_batch(parts, plan, rows, torch.arange(len(rows)), generator) for _ in range(2)]
    with torch.no_grad():
        expected = torch.stack([parts.objective.image_losses(batch) for batch in batches])
    torch.testing.assert_close(found.values, expected.mean(dim=0))


def test_one_view_a_step_is_compared_with_another_draw(catalog):
    session = small_session(catalog, small_recipe(catalog, "bigan"))
    assert sum(source.copies for source in session.parts.views) == 1
    found = difficulty(session.parts, session.plan, session.plan.store.train[:10], ignore)
    assert found.kind == "alignment"
    assert found.values.isfinite().all()


def test_looking_changes_nothing_and_comes_out_the_same_twice(contrastive):
    before = weights(contrastive)
    rows = contrastive.plan.store.train[:16]
    first = difficulty(contrastive.parts, contrastive.plan, rows, ignore)
    second = difficulty(contrastive.parts, contrastive.plan, rows, ignore)
    assert torch.equal(first.values, second.values)
    after = weights(contrastive)
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("preset", ["vae", "jigsaw", "mae"])
def test_a_task_that_draws_gives_the_same_numbers_and_leaves_torchs_generator_alone(
    catalog, preset
):
    session = small_session(catalog, small_recipe(catalog, preset))
    rows = session.plan.store.train[:16]
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        found.append(difficulty(session.parts, session.plan, rows, ignore))
        assert torch.equal(torch.get_rng_state(), before)
    assert found[0].kind == "loss"
    assert torch.equal(found[0].values, found[1].values)


def test_progress_is_told_by_chunk_and_may_stop_the_work(contrastive, monkeypatch):
    # Eight pictures of 16 x 16 at a time.
    monkeypatch.setattr(module, "CHUNK_PIXELS", 8 * 16 * 16)
    rows = contrastive.plan.store.train[:20]
    told = []
    difficulty(contrastive.parts, contrastive.plan, rows, lambda *at: told.append(at))
    assert told == [(0, 20), (8, 20), (16, 20), (20, 20)]

    def stop(done, _total):
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        difficulty(contrastive.parts, contrastive.plan, rows, stop)


@pytest.mark.parametrize(
    ("size", "images"), [(8, 256), (32, 256), (64, 256), (224, 20), (1024, 1), (2048, 1)]
)
def test_large_images_come_in_small_chunks(size, images):
    assert module.chunk_of(size) == images


def test_views_that_do_not_count_are_not_drawn_for_all_images(catalog, monkeypatch):
    session = small_session(catalog, small_recipe(catalog, "swav"))
    parts, plan = session.parts, session.plan
    copies = [source.copies for source in parts.views]
    assert sum(copies) > 2
    rows = plan.store.train[:24]
    drawn = []
    counted = module.draw_batch

    def draw(*how):
        batch = counted(*how)
        drawn.append(len(batch.views))
        return batch

    monkeypatch.setattr(module, "draw_batch", draw)
    monkeypatch.setattr(module, "CHUNK_PIXELS", 8 * 16 * 16)
    found = difficulty(parts, plan, rows, ignore)
    assert drawn == [sum(copies)] * 2 + [2] * 4
    assert len(found.values.unique()) == 24
    assert torch.equal(difficulty(parts, plan, rows, ignore).values, found.values)


def test_no_rows_are_no_numbers(contrastive):
    none = contrastive.plan.store.train[:0]
    assert len(difficulty(contrastive.parts, contrastive.plan, none, ignore).values) == 0
