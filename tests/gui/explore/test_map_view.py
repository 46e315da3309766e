import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sslstudio.gui.class_palette import CLASS_COLOURS
from sslstudio.gui.explore.colouring import by_angle, by_class, by_value
from sslstudio.gui.explore.hover_card import PointFacts
from sslstudio.gui.explore.map_view import MapView

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
# Four groups of ten in the corners of a square.
CORNERS = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], dtype=np.float32)
CODES = np.repeat(np.arange(4), 10)


@pytest.fixture
def view(qtbot, theme, selection):
    view = MapView(theme, selection)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    qtbot.waitExposed(view)
    jitter = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32) * 0.4
    selection.replace(np.zeros(40, dtype=bool))
    view.set_points(CORNERS[CODES] + jitter, animate=False)
    view.set_colouring(by_class(CODES, ("a", "b", "c", "d"), CLASS_COLOURS))
    view.set_describer(
        lambda place: PointFacts(np.zeros((3, 8, 8), np.uint8), "abcd"[CODES[place]], (f"{place}",))
    )
    return view


def around(view, code, margin=30):
    places = view.scene.places[code == CODES]
    (left, top), (right, bottom) = places.min(axis=0) - margin, places.max(axis=0) + margin
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def centre_of(view, place):
    return view.place_of(place).toPoint()


def test_a_lasso_selects_exactly_what_it_encloses(view, selection, drag):
    drag(view, around(view, 2), SHIFT)
    assert selection.indices().tolist() == list(range(20, 30))
    drag(view, around(view, 1), SHIFT | CONTROL)
    assert selection.indices().tolist() == [*range(10, 30)]


def test_escape_clears_the_selection_and_drops_an_unfinished_lasso(view, selection, drag):
    drag(view, around(view, 0), SHIFT)
    QTest.mousePress(view, LEFT, SHIFT, QPoint(5, 5))
    QTest.mouseMove(view, QPoint(200, 5))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert selection.count == 10
    QTest.mouseRelease(view, LEFT, SHIFT, QPoint(200, 200))
    assert selection.count == 10
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert selection.count == 0


def test_a_click_selects_and_picks_one_and_ctrl_click_adds(view, selection, qtbot):
    with qtbot.waitSignal(view.picked) as picked:
        QTest.mouseClick(view, LEFT, pos=centre_of(view, 5))
    first = picked.args[0]
    assert selection.indices().tolist() == [first]
    assert view.current() == first
    QTest.mouseClick(view, LEFT, CONTROL, centre_of(view, 35))
    assert selection.count == 2
    QTest.mouseClick(view, LEFT, pos=QPoint(250, 200))
    assert selection.count == 2


def test_dragging_pans_and_selects_nothing(view, selection, drag):
    before = view.scene.places.copy()
    drag(view, [(200, 200), (210, 205), (240, 230)])
    np.testing.assert_allclose(view.scene.places - before, np.tile([40, 30], (40, 1)), atol=0.01)
    assert selection.count == 0


def test_the_wheel_zooms_at_the_pointer_and_f_or_a_double_click_show_all(view):
    before = view.scene.places.copy()
    place = view.place_of(3)
    turn = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, turn)
    assert view.scene.camera.zoom == pytest.approx(1.44)
    np.testing.assert_allclose(view.scene.places[3], before[3], atol=0.01)
    QTest.keyClick(view, Qt.Key.Key_F)
    np.testing.assert_allclose(view.scene.places, before, atol=0.01)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.mouseDClick(view, LEFT, pos=QPoint(250, 200))
    np.testing.assert_allclose(view.scene.places, before, atol=0.01)


def test_arrow_keys_walk_to_the_neighbour_in_that_direction(view):
    view.set_current(0)
    walked = []
    view.picked.connect(walked.append)
    for _ in range(30):
        QTest.keyClick(view, Qt.Key.Key_Right)
    xs = view.scene.places[walked][:, 0]
    assert (np.diff(xs) > 0).all()
    assert CODES[walked[-1]] in (1, 3)
    assert view.card.isVisible()
    assert view.accessibleDescription() == f"{'abcd'[CODES[walked[-1]]]}, {walked[-1]}"


def test_the_card_comes_after_a_moment_above_the_point_and_inside_the_map(view, qtbot):
    highest = int(view.scene.places[:, 1].argmin())
    lowest = int(view.scene.places[:, 1].argmax())
    for place in (highest, lowest):
        QTest.mouseMove(view, centre_of(view, place))
        assert not view.card.isVisible()
        qtbot.waitUntil(view.card.isVisible)
        assert view.rect().contains(view.card.geometry())
        assert not view.card.geometry().contains(centre_of(view, place))
    assert view.card.geometry().bottom() < view.place_of(lowest).y()
    QTest.mouseMove(view, QPoint(250, 200))
    assert not view.card.isVisible()


def test_legend_clicks_hide_a_class_from_sight_picking_and_lasso(view, selection, drag):
    entry = view.legend.entries[2]
    QTest.mouseClick(entry, LEFT)
    assert not view.scene.visible[CODES == 2].any()
    assert view.scene.visible[CODES != 2].all()
    drag(view, around(view, 2), SHIFT)
    assert selection.count == 0
    QTest.mouseClick(entry, LEFT)
    assert view.scene.visible.all()


def test_a_double_click_in_the_legend_shows_a_class_alone_and_another_all(view):
    QTest.mouseDClick(view.legend.entries[1], LEFT)
    assert view.scene.visible.tolist() == (CODES == 1).tolist()
    assert [entry.isChecked() for entry in view.legend.entries] == [False, True, False, False]
    QTest.mouseDClick(view.legend.entries[1], LEFT)
    assert view.scene.visible.all()


def test_points_are_seen_in_their_colours_and_step_back_for_a_selection(view, selection):
    def colour_at(place):
        return view.grab().toImage().pixelColor(centre_of(view, place))

    plain = colour_at(15)
    assert abs(plain.hue() - QColor(CLASS_COLOURS[1]).hue()) < 6
    selection.pick(0)
    assert colour_at(15).saturation() < plain.saturation()
    assert abs(colour_at(0).hue() - QColor(CLASS_COLOURS[0]).hue()) < 6


def test_another_layout_of_the_same_images_is_reached_by_gliding(view, qtbot):
    start = view.scene.places.copy()
    target = view.scene.points[::-1].copy()
    view.set_points(target)
    np.testing.assert_allclose(view.scene.places, start, atol=0.5)
    qtbot.waitUntil(lambda: not view.transition.is_running)
    np.testing.assert_array_equal(view.scene.points, target)


def test_other_images_are_shown_at_once_and_forget_the_current_point(view):
    view.set_current(7)
    view.set_points(np.zeros((3, 2), dtype=np.float32))
    assert view.current() == -1
    assert not view.transition.is_running
    assert len(view.scene.points) == 3


def test_a_class_without_a_colour_gets_one_while_it_is_hovered(view):
    names = tuple(str(code) for code in range(30))
    codes = np.where(CODES == 3, 25, CODES)
    view.set_colouring(by_class(codes, names, CLASS_COLOURS))
    assert len(view.legend.entries) == 20
    grey = view.grab().toImage().pixelColor(centre_of(view, 31)).saturation()
    QTest.mouseMove(view, centre_of(view, 35))
    lit = view.grab().toImage().pixelColor(centre_of(view, 31)).saturation()
    assert lit > grey + 50


def test_numbers_get_a_colour_bar_instead_of_names(view):
    view.set_colouring(by_value(np.linspace(1, 4, 40), "loss"))
    assert view.legend.entries == ()
    assert view.legend.children()[-1].accessibleName() == "loss, from 1 to 4"
    view.set_colouring(by_angle(np.linspace(0, 360, 40), "rotation"))
    assert view.legend.children()[-1].accessibleName() == "rotation, from 0 to 360"


def test_the_saved_picture_is_finer_and_shows_points_and_legend(view):
    image = view.picture(2.0)
    assert (image.width(), image.height()) == (1000, 800)
    place = view.place_of(15) * 2
    found = image.pixelColor(place.toPoint())
    assert abs(found.hue() - QColor(CLASS_COLOURS[1]).hue()) < 6
    dot = view.legend.pos() + view.legend.entries[0].geometry().topLeft() + QPoint(4, 7)
    assert abs(image.pixelColor(dot * 2).hue() - QColor(CLASS_COLOURS[0]).hue()) < 6


def test_an_empty_map_survives_every_gesture(view, selection, drag):
    selection.replace(np.zeros(0, dtype=bool))
    view.set_points(np.zeros((0, 2), dtype=np.float32))
    view.set_colouring(by_class(np.zeros(0, dtype=np.int64), (), CLASS_COLOURS))
    drag(view, [(10, 10), (100, 10), (100, 100)], SHIFT)
    QTest.mouseClick(view, LEFT, pos=QPoint(50, 50))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_F, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(view, key)
    view.grab()
    assert view.current() == -1


def test_a_theme_change_repaints_the_ground(view, theme):
    theme.set_mode("dark")
    assert view.grab().toImage().pixelColor(250, 200).lightness() < 60
    theme.set_mode("light")
    assert view.grab().toImage().pixelColor(QPointF(250, 200).toPoint()).lightness() > 200
