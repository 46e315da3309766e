import itertools

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sslstudio.gui.design.palette import MIME, PaletteRow, by_group
from tests.gui.design.pointer import drag_in, drop, middle

KEY = Qt.Key
JITTER = "views.0@A.2"
NAMES = ["random-resized-crop", "horizontal-flip", "color-jitter", "grayscale", "normalise"]


def kinds(document):
    return [part.kind for part in document.recipe.views[0].pipeline]


def left_of(canvas, key):
    return middle(canvas, key) - QPoint(20, 0)


@pytest.fixture
def chosen(canvas):
    heard = []
    canvas.chosen.connect(heard.append)
    return heard


@pytest.fixture
def undone(document):
    """After a test that edits once: undo gives the recipe back."""
    before = document.recipe
    yield
    assert document.recipe != before
    document.undo()
    assert document.recipe == before


@pytest.fixture
def palette(qtbot, catalog, theme):
    row = PaletteRow(catalog, theme)
    qtbot.addWidget(row)
    row.resize(1000, 40)
    row.show()
    qtbot.waitExposed(row)
    return row


def pill_of(palette, kind):
    return next(pill for pill in palette.pills if pill.kind == kind)


@pytest.mark.usefixtures("undone")
def test_an_operation_is_dragged_in_between_two_pills(canvas, document, palette, chosen):
    content = pill_of(palette, "solarize").content()
    event = drop(canvas, content, left_of(canvas, JITTER))
    assert event.isAccepted()
    assert kinds(document) == [*NAMES[:2], "solarize", *NAMES[2:]]
    assert chosen[-1] == "views.0.pipeline.2"


@pytest.mark.usefixtures("undone")
def test_dropped_on_free_ground_it_goes_to_the_last_place_that_fits(canvas, document, palette):
    card = canvas.piece("views.0@A").place()
    at = canvas.mapFromScene(card.bottomRight()) - QPoint(12, 5)
    drop(canvas, pill_of(palette, "solarize").content(), at)
    assert kinds(document) == [*NAMES[:4], "solarize", NAMES[4]]


def test_only_views_are_lit_and_a_refused_drop_says_why(canvas, document, palette):
    content = pill_of(palette, "solarize").content()
    move = drag_in(canvas, content, middle(canvas, "objective.loss"))
    lit = [key for key, piece in canvas.figure_scene.pieces.items() if piece.look.lit]
    assert lit == ["views.0@A", "views.0@B"]
    assert not move.isAccepted()
    event = drop(canvas, content, middle(canvas, "objective.loss"))
    assert not event.isAccepted()
    assert kinds(document) == NAMES
    assert canvas.figure_scene.hint.isVisible()
    assert not any(piece.look.lit for piece in canvas.figure_scene.pieces.values())


def test_enter_on_a_pill_asks_to_append_it(qtbot, palette):
    with qtbot.waitSignal(palette.appended) as heard:
        qtbot.keyClick(pill_of(palette, "gaussian-blur"), KEY.Key_Return)
    part, word = heard.args
    assert (part.kind, word) == ("gaussian-blur", "blur")


def test_a_pill_that_is_pulled_becomes_a_drag_with_its_kind(palette, monkeypatch):
    started = []
    monkeypatch.setattr(
        QDrag, "exec", lambda drag, *_: started.append(drag.mimeData().data(MIME).data())
    )
    pill = pill_of(palette, "solarize")
    start = pill.rect().center()
    QTest.mousePress(pill, Qt.MouseButton.LeftButton, pos=start)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(start + QPoint(40, 10)),
        QPointF(pill.mapToGlobal(start)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(pill, move)
    assert started == [b"solarize"]


def test_a_row_without_room_for_all_ends_in_more_and_cuts_nothing(palette):
    palette.resize(330, 40)
    QApplication.processEvents()
    shown = [pill for pill in palette.pills if pill.isVisible()]
    assert 0 < len(shown) < len(palette.pills)
    assert palette.more.geometry().right() < 330
    assert all(pill.geometry().right() < palette.more.geometry().left() for pill in shown)
    assert [pill.kind for pill in shown] == [pill.kind for pill in palette.pills[: len(shown)]]


@pytest.fixture
def finder(qtbot, palette):
    qtbot.keyClick(palette.more, KEY.Key_Return)
    assert palette.finder.isVisible()
    return palette.finder


def test_more_shows_every_operation_under_the_heading_of_its_group(finder, catalog):
    entries = catalog.entries("augmentations")
    listed = finder.shown_values()
    assert sorted(listed) == sorted(entries)
    groups = [entries[kind].group for kind in listed]
    assert all(groups), "every operation names its group"
    assert len(list(itertools.groupby(groups))) == len(set(groups)), "no heading comes twice"
    assert [entry.kind for entry in by_group(entries)] == listed


def test_an_operation_is_found_by_typing_and_appended_with_enter(qtbot, palette, finder):
    qtbot.keyClicks(finder.field, "bl")
    assert finder.shown_values() == ["gaussian-blur"]
    with qtbot.waitSignal(palette.appended) as heard:
        qtbot.keyClick(finder.field, KEY.Key_Return)
    assert heard.args[0].kind == "gaussian-blur"
    assert not finder.isVisible()


def test_arrows_pass_over_headings_and_escape_appends_nothing(qtbot, palette, finder):
    heard = []
    palette.appended.connect(lambda part, _word: heard.append(part))
    seen = []
    for _ in finder.shown_values():
        seen.append(finder.list.model().find_at(finder.list.currentIndex()).value)
        qtbot.keyClick(finder.field, KEY.Key_Down)
    assert seen == finder.shown_values()
    qtbot.keyClick(finder.field, KEY.Key_Escape)
    assert heard == []
    assert not finder.isVisible()


def test_a_line_that_is_dragged_out_carries_its_kind_and_the_list_goes_away(finder, monkeypatch):
    started = []
    monkeypatch.setattr(
        QDrag, "exec", lambda drag, *_: started.append(drag.mimeData().data(MIME).data())
    )
    lines = finder.list.model()
    finder.list.setCurrentIndex(lines.index(lines.row_of("solarize")))
    finder.list.startDrag(Qt.DropAction.CopyAction)
    assert started == [b"solarize"]
    assert not finder.isVisible()
