"""What holds for each objective of this family, whatever its task."""

from __future__ import annotations

import copy

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from sslstudio.catalog.augmentations.gaussian_blur import GaussianBlurSpec
from sslstudio.catalog.augmentations.patch_masks import PatchMasksSpec
from sslstudio.catalog.entry import Entry
from sslstudio.catalog.objectives import (
    amdim,
    bigan,
    bigbigan,
    cpc,
    deepcluster,
    deepcluster_v2,
    exemplar,
    jigsaw,
    local_aggregation,
    mae,
    npid,
    pcl,
    pirl,
    reconstruction,
    relative_patch,
    rotation,
    sela,
    supervised,
    vae,
)
from sslstudio.engine.parts import Batch, Objective
from tests.catalog.objectives.tiny import (
    batch_of,
    context_for,
    digits,
    noise_images,
    optimizers_of,
    step,
    with_grid,
    with_parts,
    with_patches,
)

MODULES = (
    *(rotation, reconstruction, vae, mae, bigan, bigbigan),
    *(npid, deepcluster, deepcluster_v2, sela, local_aggregation, pcl, pirl),
    *(jigsaw, relative_patch, exemplar, supervised, amdim),
)
ENTRIES = [module.ENTRY for module in MODULES]
SPOILT = (GaussianBlurSpec(probability=0.5), PatchMasksSpec())
VARIANTS = [
    *[(entry, {}) for entry in ENTRIES],
    (cpc.ENTRY, {"directions": 4}),
    (npid.ENTRY, {"estimator": "nce", "negatives": 32}),
    (npid.ENTRY, {"estimator": "sampled", "negatives": 32, "proximal": 1.0}),
    (bigan.ENTRY, {"loss": "hinge"}),
    (reconstruction.ENTRY, {"corruption": SPOILT, "loss": "bce", "emphasis": 0.8}),
    (reconstruction.ENTRY, {"contraction": 0.1}),
    (reconstruction.ENTRY, {"corruption": SPOILT, "emphasis": 1.0, "adversarial": 0.01}),
    (vae.ENTRY, {"likelihood": "bernoulli", "free_bits": 0.5}),
    (mae.ENTRY, {"normalised_targets": False}),
    (jigsaw.ENTRY, {"grid": 3, "permutations": 10}),
    (pirl.ENTRY, {"grid": 2, "negatives": 32}),
    (pirl.ENTRY, {"transformation": "rotation", "weight": 0.2}),
]
every_objective = pytest.mark.parametrize(
    ("entry", "fields"), VARIANTS, ids=lambda value: getattr(value, "kind", str(value))
)


def context_of(entry: Entry, images, views: int = 2):
    context = with_parts(context_for(images, views))
    if entry.spec.needs_patch_grid:
        return with_grid(context, patch=4)
    return with_patches(context) if entry.spec.needs_patches else context


def ready(entry: Entry, fields: dict, images=None, views: int = 2) -> Objective:
    torch.manual_seed(0)
    images = images or digits(200)
    objective = entry.build(entry.spec(**fields), context_of(entry, images, views))
    objective.before_epoch(0, images, torch.Generator().manual_seed(0))
    return objective


@every_objective
def test_terms_are_finite_scalars_with_a_loss_for_every_player(entry, fields):
    images = digits(200)
    objective = ready(entry, fields)
    for player in objective.players():
        terms = objective.terms(batch_of(images, torch.arange(64)), player.name)
        assert "loss" in terms
        assert all(value.ndim == 0 and value.isfinite() for value in terms.values())


@every_objective
def test_an_objective_that_prices_single_images_prices_the_batch_at_their_mean(entry, fields):
    objective = ready(entry, fields)
    batch = batch_of(digits(200), torch.arange(64))
    torch.manual_seed(3)
    losses = objective.image_losses(batch)
    if losses is not None:
        torch.manual_seed(3)
        loss = objective.terms(batch, objective.players()[0].name)["loss"]
        assert losses.shape == (64,)
        assert len(losses.unique()) > 1
        assert float(losses.mean()) == pytest.approx(float(loss), rel=1e-5)


@every_objective
def test_the_loss_moves_the_encoder(entry, fields):
    objective = ready(entry, fields)
    before = copy.deepcopy(objective.encoder)
    step(objective, batch_of(digits(200), torch.arange(64)), optimizers_of(objective, 1e-2))
    moved = zip(objective.encoder.parameters(), before.parameters(), strict=True)
    assert all(not torch.equal(new, old) for new, old in moved)


@every_objective
def test_players_share_out_all_moving_parameters_without_overlap(entry, fields):
    objective = ready(entry, fields)
    shared = [id(p) for who in objective.players() for g in who.groups for p in g.parameters]
    moving = [p for p in objective.parameters() if p.requires_grad]
    assert sorted(shared) == sorted(id(p) for p in moving)


@every_objective
def test_two_steps_after_a_restored_state_equal_two_steps_without_a_break(entry, fields):
    images = digits(200)
    first = ready(entry, fields)
    step(first, batch_of(images, torch.arange(64)), optimizers_of(first, 1e-3))
    torch.manual_seed(99)
    second = entry.build(entry.spec(**fields), context_of(entry, images))
    second.load_state_dict(first.state_dict())
    outcomes = []
    for objective in (first, second):
        optimizers = optimizers_of(objective, 1e-3)
        batches = [batch_of(images, torch.arange(start, start + 64)) for start in (64, 32)]
        outcomes.append([step(objective, batch, optimizers, seed=7) for batch in batches])
    assert outcomes[0] == outcomes[1]
    restored = second.state_dict()
    assert all(torch.equal(value, restored[name]) for name, value in first.state_dict().items())


@every_objective
@pytest.mark.parametrize(("channels", "size", "views"), [(3, 8, 2), (1, 21, 3), (4, 32, 2)])
def test_any_size_channel_count_and_number_of_views_will_do(entry, fields, channels, size, views):
    images = noise_images(40, channels, size)
    objective = ready(entry, fields, images, views)
    batch = batch_of(images, torch.arange(8), views)
    step(objective, batch, optimizers_of(objective, 1e-3))
    for shown in objective.exhibit(batch).values():
        assert shown.shape[1:] == (channels, size, size)
        assert float(shown.detach().min()) >= 0.0
        assert float(shown.detach().max()) <= 1.0
    for caption, right in objective.hits(batch).items():
        assert right.dtype == torch.bool
        assert right.shape == objective.exhibit(batch)[caption].shape[:1]
    for shown in objective.stimulus(batch).values():
        assert shown.shape[1] == channels
        assert 0.0 <= float(shown.detach().min()) <= float(shown.detach().max()) <= 1.0


@every_objective
def test_an_exhibition_changes_nothing(entry, fields):
    objective = ready(entry, fields)
    before = copy.deepcopy(objective.state_dict())
    objective.eval()
    with torch.no_grad():
        objective.exhibit(batch_of(digits(200), torch.arange(12)))
    assert all(torch.equal(value, before[name]) for name, value in objective.state_dict().items())


@every_objective
def test_every_anchor_names_a_term_that_is_shown(entry, fields):
    objective = ready(entry, fields)
    terms = step(objective, batch_of(digits(200), torch.arange(64)), optimizers_of(objective, 1e-3))
    assert objective.anchors()
    assert {anchor.term for anchor in objective.anchors()} <= set(terms)


@every_objective
def test_sixteen_bit_forward_passes_leave_the_loss_in_float32(entry, fields):
    objective = ready(entry, fields)
    for player in objective.players():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            terms = objective.terms(batch_of(digits(200), torch.arange(64)), player.name)
        assert terms["loss"].dtype == torch.float32
        terms["loss"].backward()


@every_objective
def test_nothing_stays_behind_on_the_cpu_when_the_run_is_on_a_gpu(entry, fields, monkeypatch):
    # A pretended GPU has no autograd engine.
    monkeypatch.setattr(torch.autograd, "grad", lambda _h, x, _u, **_options: (x * 0.0,))
    images = noise_images(40, 3, 16)
    with FakeTensorMode():
        with torch.device("cuda"):
            objective = entry.build(entry.spec(**fields), context_of(entry, images))
            view = torch.rand(8, 3, 16, 16)
            rows = torch.arange(8)
            batch = Batch(views=(view, view), images=view, indices=rows, labels=rows)
        for player in objective.players():
            terms = objective.terms(batch, player.name)
            assert all(value.device.type == "cuda" for value in terms.values())
        objective.after_step(0.5)
