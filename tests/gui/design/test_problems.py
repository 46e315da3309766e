import pytest

from sslstudio.catalog.heads.none import NoHeadSpec
from sslstudio.domain.check import DataFacts, check
from sslstudio.domain.moves import placed
from sslstudio.domain.pipelines import Spot, inserted
from sslstudio.domain.spec import UnknownSpec
from sslstudio.domain.view_moves import unlinked
from sslstudio.gui.design.signposts import home_of
from sslstudio.gui.widgets.notes import Banner


def second_normalisation(recipe):
    return inserted(recipe, Spot.in_view(0, 9), recipe.views[0].pipeline[-1])


def crop_at_the_end(recipe):
    return inserted(recipe, Spot.in_view(0, 9), recipe.views[0].pipeline[0])


def other_strength(recipe):
    apart = unlinked(recipe)
    jitter = apart.views[1].pipeline[2]
    return placed(apart, "views.1.pipeline.2", jitter.replaced(brightness=1.9))


def local_first(recipe):
    view = recipe.views[0]
    return placed(recipe, "views", (view.model_copy(update={"local": True}), view))


def unknown(recipe):
    lost = UnknownSpec(kind="wavelets", missing_family="encoders", content={"kind": "wavelets"})
    return placed(recipe, "encoder", lost)


WRONG = {
    "one view too few": lambda r: placed(r, "views.0.copies", 1),
    "no view": lambda r: placed(r, "views", ()),
    "only local views": lambda r: placed(r, "views.0.local", value=True),
    "local views first": local_first,
    "a view without a change": lambda r: placed(r, "views.0.pipeline", ()),
    "a second normalisation": second_normalisation,
    "a crop behind it": crop_at_the_end,
    "strengths that differ": other_strength,
    "a size that nothing gives": lambda r: placed(
        placed(r, "views.0.pipeline", r.views[0].pipeline[1:]), "views.0.size", 16
    ),
    "a batch of one": lambda r: placed(r, "training.batch_size", 1),
    "a batch beyond the images": lambda r: placed(r, "training.batch_size", 4096),
    "micro-batches without negatives": lambda r: placed(r, "training.micro_batches", 4),
    "more micro-batches than pairs": lambda r: placed(r, "training.micro_batches", 200),
    "a projector that is not there": lambda r: placed(
        placed(r, "representation.layer", "projector"), "objective.projector", NoHeadSpec()
    ),
    "an encoder that this build lacks": unknown,
}
FACTS = DataFacts(train_images=1000, channels=3)


@pytest.fixture
def document(document):
    document._check = lambda recipe: check(recipe, FACTS)
    return document


def told(page):
    """Return everything that notes of the inspector say, wherever they stand in it."""
    return " ".join(note.accessibleName() for note in page.inspector.findChildren(Banner))


@pytest.mark.parametrize("name", WRONG)
def test_what_check_finds_is_marked_on_the_canvas_and_told_beside_it(page, document, name):
    document.edit(WRONG[name](document.recipe), name)
    assert document.problems
    pieces = page.canvas.figure_scene.pieces.values()
    marked = {piece.path: piece.look.severity for piece in pieces if piece.look.severity}
    for problem in document.problems:
        assert problem.text in told(page)
        places = [piece.path for piece in pieces]
        home = home_of(problem.path, places)
        assert not home or marked[home] in ("error", problem.severity)
        assert home or problem.path.startswith("training") or not document.recipe.views or marked
    errors = [problem.text for problem in document.problems if problem.severity == "error"]
    assert page.start.isEnabled() == (not errors)
    assert all(text in page.start.toolTip() for text in errors)


@pytest.mark.parametrize("name", WRONG)
def test_every_remedy_mends_what_it_stands_beside(page, document, name):
    document.edit(WRONG[name](document.recipe), name)
    for problem in document.problems:
        if problem.fix is not None:
            page.inspector.fix_asked.emit(problem.fix)
            assert problem.text not in [left.text for left in document.problems]


def test_a_healthy_recipe_has_no_mark(page, document):
    assert document.problems == ()
    assert not any(piece.look.severity for piece in page.canvas.figure_scene.pieces.values())
    assert page.start.isEnabled()


def test_grad_cache_is_refused_at_the_task_that_cannot_embed_first(page, document, recipe_of):
    wanted = placed(recipe_of("rotation"), "training.micro_batches", 4)
    document.load(placed(wanted, "training.micro_batching", "grad-cache"))
    assert page.canvas.piece("objective").look.severity == "error"
    assert "only joint embedding can" in page.start.toolTip()
    (problem,) = document.problems
    page.inspector.fix_asked.emit(problem.fix)
    assert page.start.isEnabled()
    assert document.recipe.training.micro_batching == "accumulate"


def test_a_step_is_divided_in_the_form_of_the_training(page, document):
    form = page.inspector.overview.sections["training"].form
    form.editor("micro_batches").edited.emit(4)
    assert document.recipe.training.micro_batches == 4
    assert "adds no negatives" in told(page)
    form.editor("micro_batching").edited.emit("grad-cache")
    assert document.problems == ()
