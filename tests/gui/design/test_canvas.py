import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from sslstudio.domain.moves import placed
from sslstudio.domain.view_moves import unlinked
from tests.gui.design.pointer import click, double_click, drag, hover, middle

KEY, MODIFIER = Qt.Key, Qt.KeyboardModifier
CROP, FLIP, JITTER, GRAY, NORM = (f"views.0@A.{number}" for number in range(5))
NAMES = ["random-resized-crop", "horizontal-flip", "color-jitter", "grayscale", "normalise"]


def kinds(document, view=0):
    return [part.kind for part in document.recipe.views[view].pipeline]


def left_of(canvas, key):
    return middle(canvas, key) - QPoint(20, 0)


def right_of(canvas, key):
    return middle(canvas, key) + QPoint(20, 0)


@pytest.fixture
def undone(document):
    """After a test that edits once: undo gives the recipe back, redo the edit."""
    before = document.recipe
    yield
    after = document.recipe
    assert after != before
    document.undo()
    assert document.recipe == before
    document.redo()
    assert document.recipe == after


@pytest.fixture
def chosen(canvas):
    heard = []
    canvas.chosen.connect(heard.append)
    return heard


@pytest.mark.usefixtures("undone")
def test_a_pill_is_dragged_to_another_place(canvas, document, chosen):
    drag(canvas, middle(canvas, JITTER), left_of(canvas, CROP))
    assert kinds(document) == [NAMES[2], NAMES[0], NAMES[1], NAMES[3], NAMES[4]]
    assert chosen[-1] == "views.0.pipeline.0"
    assert document.undo_label == "Move jitter"


@pytest.mark.usefixtures("undone")
def test_a_pill_is_dragged_behind_another(canvas, document, chosen):
    drag(canvas, middle(canvas, CROP), right_of(canvas, JITTER))
    assert kinds(document) == [NAMES[1], NAMES[2], NAMES[0], NAMES[3], NAMES[4]]
    assert chosen[-1] == "views.0.pipeline.2"


def test_the_place_where_a_pill_would_land_is_shown_while_it_is_dragged(canvas, document):
    drag(canvas, middle(canvas, JITTER), left_of(canvas, CROP), drop=False)
    scene = canvas.figure_scene
    crop = canvas.piece(CROP).place()
    assert scene.insertion.isVisible()
    assert abs(scene.insertion.pos().x() - crop.left()) < 4
    assert [card.look.lit for card in scene.cards()] == [True, True]
    assert canvas.piece(JITTER).opacity() < 1
    assert kinds(document) == NAMES


def test_escape_puts_a_dragged_pill_back(qtbot, canvas, document):
    drag(canvas, middle(canvas, JITTER), left_of(canvas, CROP), drop=False)
    qtbot.keyClick(canvas, KEY.Key_Escape)
    assert not canvas.figure_scene.insertion.isVisible()
    drag(canvas, middle(canvas, JITTER), middle(canvas, JITTER) + QPoint(1, 0))
    assert kinds(document) == NAMES


def test_a_place_behind_the_normalisation_is_refused_in_words(canvas, document):
    drag(canvas, middle(canvas, CROP), right_of(canvas, NORM))
    hint = canvas.figure_scene.hint
    assert kinds(document) == NAMES
    assert hint.isVisible()
    assert "in front of the normalisation" in hint.text
    hover(canvas, QPoint(600, 20))
    assert not hint.isVisible()


def test_an_operation_dropped_on_a_block_is_refused_in_words(canvas, document):
    drag(canvas, middle(canvas, FLIP), middle(canvas, "encoder"))
    assert kinds(document) == NAMES
    assert "drop it into a view" in canvas.figure_scene.hint.text


def test_alt_drag_copies_to_the_other_view(canvas, document):
    document.load(unlinked(document.recipe))
    target = middle(canvas, "views.1@B.0") - QPoint(20, 0)
    drag(canvas, middle(canvas, JITTER), target, MODIFIER.AltModifier)
    assert kinds(document, 0) == NAMES
    assert kinds(document, 1) == [NAMES[2], *NAMES]
    document.undo()
    assert kinds(document, 1) == NAMES


def test_a_plain_drag_moves_to_the_other_view(canvas, document):
    document.load(unlinked(document.recipe))
    drag(canvas, middle(canvas, JITTER), middle(canvas, "views.1@B.0") - QPoint(20, 0))
    assert NAMES[2] not in kinds(document, 0)
    assert kinds(document, 1) == [NAMES[2], *NAMES]


def test_alt_drag_between_linked_views_says_that_they_share_a_pipeline(canvas, document):
    target = middle(canvas, "views.0@B.0") - QPoint(20, 0)
    drag(canvas, middle(canvas, JITTER), target, MODIFIER.AltModifier)
    assert kinds(document) == NAMES
    assert "share this pipeline" in canvas.figure_scene.hint.text


@pytest.mark.usefixtures("undone")
def test_delete_removes_the_chosen_pill(qtbot, canvas, document, chosen):
    click(canvas, middle(canvas, JITTER))
    assert chosen == ["views.0.pipeline.2"]
    qtbot.keyClick(canvas, KEY.Key_Delete)
    assert kinds(document) == [*NAMES[:2], *NAMES[3:]]
    assert chosen[-1] == "views.0.pipeline.2"


def test_delete_on_the_encoder_says_why_it_stays(qtbot, canvas, document):
    before = document.recipe
    click(canvas, middle(canvas, "encoder"))
    qtbot.keyClick(canvas, KEY.Key_Delete)
    assert document.recipe == before
    assert "cannot be left out" in canvas.figure_scene.hint.text


@pytest.mark.usefixtures("undone")
def test_alt_arrows_move_the_chosen_pill(qtbot, canvas, document, chosen):
    click(canvas, middle(canvas, JITTER))
    qtbot.keyClick(canvas, KEY.Key_Left, MODIFIER.AltModifier)
    assert kinds(document) == [NAMES[0], NAMES[2], NAMES[1], NAMES[3], NAMES[4]]
    assert chosen[-1] == "views.0.pipeline.1"


def test_alt_arrow_past_the_normalisation_is_refused(qtbot, canvas, document):
    click(canvas, middle(canvas, GRAY))
    qtbot.keyClick(canvas, KEY.Key_Right, MODIFIER.AltModifier)
    assert kinds(document) == NAMES
    assert canvas.figure_scene.hint.isVisible()


def test_the_keyboard_copies_to_the_other_view(qtbot, canvas, document):
    document.load(unlinked(document.recipe))
    click(canvas, middle(canvas, JITTER))
    qtbot.keyClick(canvas, KEY.Key_D, MODIFIER.ControlModifier)
    assert kinds(document, 1) == [*NAMES[:4], NAMES[2], NAMES[4]]


@pytest.mark.usefixtures("undone")
def test_the_stop_gradient_is_set_by_a_click(canvas, document, chosen):
    click(canvas, middle(canvas, "stop"))
    assert document.recipe.objective.target.kind == "stop-gradient"
    assert chosen[-1] == "objective.target"
    assert canvas.piece("stop").stop == "set"


def test_the_stop_gradient_is_lifted_again_by_the_next_click(canvas, document):
    before = document.recipe
    click(canvas, middle(canvas, "stop"))
    click(canvas, middle(canvas, "stop"))
    assert document.recipe == before


def test_the_mark_of_a_momentum_target_says_why_it_stays(canvas, document, recipe_of):
    byol = recipe_of("byol")
    document.load(byol)
    click(canvas, middle(canvas, "stop"))
    assert document.recipe == byol
    assert "never takes gradient" in canvas.figure_scene.hint.text


@pytest.mark.usefixtures("undone")
def test_a_click_on_the_chain_unlinks_the_views(canvas, document):
    click(canvas, middle(canvas, "link"))
    assert len(document.recipe.views) == 2
    assert document.recipe.view_count() == 2


def test_another_click_links_them_again(canvas, document):
    before = document.recipe
    click(canvas, middle(canvas, "link"))
    click(canvas, middle(canvas, "link"))
    assert document.recipe == before


@pytest.mark.usefixtures("undone")
def test_a_predictor_is_added_by_a_click_and_removed_by_delete(qtbot, canvas, document, chosen):
    bare = document.recipe
    click(canvas, middle(canvas, "objective.predictor"))
    assert document.recipe.objective.predictor.kind == "mlp"
    assert chosen[-1] == "objective.predictor"
    qtbot.keyClick(canvas, KEY.Key_Delete)
    assert document.recipe == bare
    document.undo()


def test_the_pipeline_is_one_thing_in_both_linked_cards(canvas, chosen):
    click(canvas, middle(canvas, "views.0@B.2"))
    assert chosen == ["views.0.pipeline.2"]
    assert canvas.piece("views.0@A.2").look.chosen
    assert canvas.piece("views.0@B.2").look.chosen


def test_empty_canvas_chooses_the_whole_recipe(canvas, chosen):
    click(canvas, middle(canvas, "encoder"))
    click(canvas, QPoint(300, 10))
    assert chosen == ["encoder", ""]


def test_double_click_opens_the_form(qtbot, canvas):
    with qtbot.waitSignal(canvas.opened):
        double_click(canvas, middle(canvas, JITTER))


def test_tab_walks_over_all_pieces_and_out_of_the_canvas(qtbot, canvas, chosen):
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    order = canvas.figure_scene.order()
    seen = [next(key for key in order if canvas.piece(key).look.focused)]
    for _ in order[1:]:
        qtbot.keyClick(canvas, KEY.Key_Tab)
        seen.append(next(key for key in order if canvas.piece(key).look.focused))
    assert seen == order
    assert chosen[-1] == "representation"
    assert canvas.accessibleDescription() == canvas.piece("stop").words
    qtbot.keyClick(canvas, KEY.Key_Tab)
    assert not any(canvas.piece(key).look.focused for key in order)


def test_arrows_walk_to_the_neighbour(qtbot, canvas, chosen):
    click(canvas, middle(canvas, "encoder"))
    qtbot.keyClick(canvas, KEY.Key_Right)
    qtbot.keyClick(canvas, KEY.Key_Down)
    qtbot.keyClick(canvas, KEY.Key_Left)
    assert chosen == ["encoder", "objective.projector", "objective.projector", "objective.target"]


def test_enter_on_a_mark_does_what_a_click_does(qtbot, canvas, document):
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.BacktabFocusReason)
    assert canvas.piece("stop").look.focused
    qtbot.keyClick(canvas, KEY.Key_Return)
    assert document.recipe.objective.target.kind == "stop-gradient"


def test_problems_are_marked_where_they_belong(canvas, document):
    gone = placed(document.recipe, "views.0.size", 16)
    document.edit(placed(gone, "views.0.pipeline", gone.views[0].pipeline[1:]), "No crop")
    card = canvas.piece("views.0@A")
    assert card.look.severity == "error"
    assert "no operation in it changes the size" in card.toolTip()
    document.undo()
    assert canvas.piece("views.0@A").look.severity is None


def test_a_key_of_another_alphabet_is_no_trouble(canvas, document):
    key = QKeyEvent(QEvent.Type.KeyPress, ord("Ж"), Qt.KeyboardModifier.NoModifier, "ж")
    QApplication.sendEvent(canvas, key)
    assert kinds(document) == NAMES
