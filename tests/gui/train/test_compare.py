from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.edits import with_value
from sslstudio.gui.train.compare_button import MOST_RUNS, CompareButton, OtherRun
from sslstudio.gui.train.comparison import LONGEST_NAME, compared
from sslstudio.gui.train.drawing import View, drawn
from sslstudio.gui.train.trace import RunTrace
from sslstudio.services.presets import find_recipe
from tests.gui.train.conftest import history, measured, run_view, started, stepped

RUNS = (
    OtherRun("r1", "SimCLR on shapes", "done"),
    OtherRun("r2", "BYOL & friends", "done \u00b7 kNN .61"),
    OtherRun("r3", "VICReg", "interrupted"),
)


@pytest.fixture(scope="module")
def recipes():
    catalog = load_catalog()
    simclr = find_recipe("simclr", catalog, None, "cpu")
    return {
        "simclr": simclr,
        "warm": with_value(simclr, "objective.loss.temperature", 0.9, catalog.kinds),
        "byol": find_recipe("byol", catalog, None, "cpu"),
        "rotation": find_recipe("rotation", catalog, None, "cpu"),
    }


@pytest.fixture
def button(qtbot):
    button = CompareButton()
    qtbot.addWidget(button)
    return button


def trace(*events):
    found = RunTrace()
    found.fold(events)
    return found


def other_run(recipe=None, name="BYOL", losses=(9.0, 8.0)):
    events = (started(), *(stepped(2000 * n, loss) for n, loss in enumerate(losses, start=1)))
    return replace(run_view(events, recipe), id="r2", name=name)


def words(menu):
    return [action.text() for action in menu.entries()]


def test_the_menu_offers_the_other_runs(button):
    assert not button.isEnabled()
    assert "no other run" in button.toolTip()
    button.offer(RUNS)
    button.leave_out("r1")
    assert button.isEnabled()
    assert words(button) == ["BYOL && friends   done \u00b7 kNN .61", "VICReg   interrupted"]
    button.leave_out("")
    assert not button.isEnabled()
    button.offer([OtherRun(f"run{n}", "A run", "done") for n in range(99)])
    assert len(words(button)) == MOST_RUNS


def test_a_library_that_has_not_changed_leaves_the_open_menu_alone(button):
    button.offer(RUNS)
    button.leave_out("r1")
    before = button.entries()
    button.offer(list(RUNS))
    assert button.entries() == before


def test_a_button_that_is_off_says_why(button):
    button.offer(RUNS)
    assert not button.isEnabled()
    assert "no run here" in button.toolTip()


def test_choosing_says_which_and_the_ticked_one_can_be_let_go(button):
    button.offer(RUNS)
    button.leave_out("r1")
    chosen = []
    button.chosen.connect(chosen.append)
    button.entries()[1].trigger()
    assert chosen == ["r3"]
    button.mark("r3")
    assert words(button)[0] == "Stop comparing"
    assert [action.isChecked() for action in button.entries()] == [False, False, True]
    button.entries()[0].trigger()
    assert chosen == ["r3", ""]
    button.leave_out("r1")
    assert "Stop comparing" not in words(button)


def test_losses_of_one_kind_are_compared_whatever_their_settings(recipes):
    own = run_view(recipe=recipes["simclr"])
    assert compared(own, other_run(recipes["simclr"])).same_loss
    assert compared(own, other_run(recipes["warm"])).same_loss
    for other in ("byol", "rotation"):
        assert not compared(own, other_run(recipes[other])).same_loss


def test_the_axes_hold_both_runs_and_each_has_its_lines():
    own, other = trace(stepped(1, 3.0), stepped(9, 2.0)), trace(stepped(1, 8.0), stepped(40, 7.0))
    alone, both = drawn(own, View()), drawn(own, View(), None, other)
    assert alone.compared == ()
    assert both.y.high >= 8.0 > alone.y.high
    assert both.x.high >= 40 > alone.x.high
    (line,) = both.compared
    assert line.name == "loss"
    np.testing.assert_array_equal(line.raw_y, [8.0, 7.0])
    np.testing.assert_array_equal(both.lines[0].raw_y, [3.0, 2.0])
    assert drawn(own, View(terms=("accuracy",)), None, other).compared == ()


def test_the_page_draws_the_other_run_and_names_it(page, recipes):
    page.show_run(run_view([started(), *history(50)], recipes["simclr"]))
    page.compare_with(other_run(recipes["warm"], name="Warm"))
    assert "dotted: Warm" in page.loss.footnote.text()
    assert ("other", "loss") in page.loss.plot._curves
    page.compare_with(None)
    assert "dotted" not in page.loss.footnote.text()
    assert ("other", "loss") not in page.loss.plot._curves


def test_another_loss_is_not_drawn_but_said(page, recipes):
    page.show_run(run_view([started(), *history(50)], recipes["simclr"]))
    page.compare_with(other_run(recipes["byol"]))
    assert "BYOL has another loss: compare the monitors" in page.loss.footnote.text()
    assert ("other", "loss") not in page.loss.plot._curves


def test_the_tiles_draw_the_other_course_and_say_where_it_ends(page, recipes):
    page.show_run(run_view([started(), *history(50)], recipes["simclr"]))
    tile = next(tile for tile in page.monitors.tiles if tile.card.name == "knn")
    before = tile.grab().toImage()
    other = run_view([started(), measured(10, knn=0.2), measured(90, knn=0.31)], recipes["byol"])
    page.compare_with(replace(other, id="r2"))
    QApplication.processEvents()
    assert tile.note.text() == "dotted: ends at 0.31"
    assert tile.value.text() == "0.58"
    assert tile.grab().toImage() != before
    page.compare_with(None)
    assert tile.note.text() != "dotted: ends at 0.31"


def test_another_run_on_the_page_is_compared_with_nothing_yet(page, recipes):
    page.offer_runs(RUNS)
    page.show_run(run_view([started(), *history(50)], recipes["simclr"]))
    page.compare_with(other_run(recipes["warm"]))
    assert words(page.compare)[0] == "Stop comparing"
    page.show_run(replace(run_view([started(), *history(30)], recipes["simclr"]), id="r3"))
    assert "Stop comparing" not in words(page.compare)
    assert "dotted" not in page.loss.footnote.text()
    assert not page.loss.plot._drawing.compared


def test_a_report_is_asked_for_where_there_is_a_run(page):
    asked = []
    page.report_asked.connect(lambda: asked.append(True))
    assert [button.text() for button in page.header_buttons()] == ["Compare", "Report"]
    assert not page.report.isEnabled()
    page.show_run(run_view([started(), *history(5)]))
    page.report.click()
    assert asked == [True]
    (action,) = [one for one in page.actions_offered() if one.id == "train.report"]
    assert action.enabled()
    page.show_run(None)
    assert not action.enabled()
    assert not page.report.isEnabled()


def test_a_long_name_does_not_widen_the_page():
    long = compared(run_view(), other_run(name="An experiment with a name " * 5))
    assert len(long.words) <= len("dotted: ") + LONGEST_NAME
    assert long.words.endswith("\u2026")
