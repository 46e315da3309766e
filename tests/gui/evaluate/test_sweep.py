import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication

from sslstudio.gui.evaluate.sweep_card import Axes, SweepCard
from sslstudio.gui.evaluate.sweep_plots import SweepCourse, SweepPoint, plots_of

KNN, SHARED = (0.4, 0.6, 0.5), (3.0, 2.0, 1.0)


def course(values=(0.5, 1.0, 2.0), words=None, **readings):
    named = readings or {"knn": KNN, "mutual_information": SHARED}
    points = tuple(
        SweepPoint(
            run_id="abc"[place],
            value=value,
            words=words[place] if words else f"{value:g}",
            readings={name: row[place] for name, row in named.items() if row[place] is not None},
        )
        for place, value in enumerate(values)
    )
    return SweepCourse("s", "colour strength", points)


def test_readings_are_drawn_by_value_and_against_each_other():
    knn, shared, both = plots_of(course())
    assert [(dot.x, dot.y, dot.words) for dot in knn.dots] == [
        (0.5, 0.4, "0.5"),
        (1.0, 0.6, "1"),
        (2.0, 0.5, "2"),
    ]
    assert (knn.title, knn.across, knn.in_percent) == ("kNN on validation", "colour strength", True)
    assert [dot.y for dot in shared.dots] == list(SHARED)
    assert [(dot.x, dot.y) for dot in both.dots] == list(zip(SHARED, KNN, strict=True))
    assert both.across == shared.title == "I(v1; v2), nats"


def test_a_run_without_a_reading_is_left_out_and_one_reading_alone_is_one_plot():
    knn, shared, both = plots_of(course(knn=(0.4, None, 0.5), mutual_information=SHARED))
    assert [len(plot.dots) for plot in (knn, shared, both)] == [2, 3, 2]
    (rank,) = plots_of(course(rank=(3, 4, 5), spread=(1, 1, 1)))
    assert rank.title == "Effective rank"
    assert plots_of(course(knn=(0.4, None, None))) == ()


def test_a_reading_that_is_no_number_is_left_out(card):
    nan = float("nan")
    knn, shared, both = plots_of(course(knn=KNN, mutual_information=(3.0, nan, 1.0)))
    assert [len(plot.dots) for plot in (knn, shared, both)] == [3, 2, 2]
    assert plots_of(course(rank=(3.0, nan, float("inf")))) == ()
    card.show_course(course(knn=(0.4, nan, 0.5)))
    assert not card.plots[0].grab().isNull()


def test_values_far_apart_stand_at_equal_ratios_and_words_at_equal_distances():
    spread = plots_of(course(values=(0.01, 0.1, 1.0)))[0]
    first, second, third = (dot.x for dot in spread.dots)
    assert second - first == pytest.approx(third - second)
    kinds = plots_of(course(values=(None, None, None), words=("same", "queue", "momentum")))[0]
    assert [(dot.x, dot.words) for dot in kinds.dots] == [
        (0, "same"),
        (1, "queue"),
        (2, "momentum"),
    ]
    assert [dot.x for dot in plots_of(course(values=(1.0, 1.0, 2.0)))[0].dots] == [0, 1, 2]


def test_every_dot_lies_within_its_plot():
    area = QRectF(0, 0, 220, 168)
    for plot in plots_of(course(knn=(0.5, 0.5, 0.5), rank=(1.0, 1.0, 1.0))):
        axes = Axes(plot, area)
        for dot in plot.dots:
            assert area.contains(QPointF(axes.x_of(dot.x), axes.y_of(dot.y)))


@pytest.fixture
def card(qtbot, one_theme):
    shown = SweepCard(one_theme.tokens)
    qtbot.addWidget(shown)
    shown.resize(680, 260)
    shown.show_course(course())
    shown.show()
    return shown


def test_the_plots_are_painted_in_the_themes_colours_and_spoken(card, one_theme):
    view = card.plots[0]
    picture = view.grab().toImage()
    axes = Axes(view.plot, QRectF(view.rect()))
    dot = view.plot.dots[1]
    assert picture.pixelColor(int(axes.x_of(dot.x)), int(axes.y_of(dot.y))) == QColor(
        one_theme.tokens.accent
    )
    assert view.accessibleName() == (
        "kNN on validation by colour strength: 0.5: 40.0 %, 1: 60.0 %, 2: 50.0 %"
    )


def test_the_pointer_reads_the_nearest_dot(card):
    view = card.plots[0]
    axes = Axes(view.plot, QRectF(view.rect()))
    place = QPointF(axes.x_of(2.0) - 4, 60)
    moved = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        view.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, moved)
    assert view.toolTip() == "kNN on validation: 50.0 %\ncolour strength: 2"


def test_nothing_is_shown_without_a_sweep(card):
    card.show_course(None)
    assert card.isHidden()
    card.show_course(course(knn=(0.4, 0.5, None)))
    assert [view.isHidden() for view in card.plots] == [False, True, True]


def test_the_page_shows_the_sweep_of_which_several_runs_are_ticked(page, qtbot, bench):
    assert page.sweep.isHidden()
    bench.courses = [course()]
    page.refresh()
    qtbot.waitUntil(lambda: bool(page._sweeps))
    page.tick({"a"})
    assert page.sweep.isHidden()
    page.tick({"a", "c"})
    assert page.sweep.isVisible()
    assert [dot.words for dot in page.sweep.plots[0].plot.dots] == ["0.5", "2"]
