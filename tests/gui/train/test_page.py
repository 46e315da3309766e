import math
import re
from time import monotonic

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget

from sslstudio.catalog.catalog import load_catalog
from sslstudio.domain.collapse import LIMITS
from sslstudio.domain.edits import with_value
from sslstudio.domain.events import (
    Dropped,
    Edited,
    Finished,
    GaugeCard,
    Saved,
    Shown,
    Started,
    VerdictGiven,
)
from sslstudio.gui.train.monitor_grid import GAP
from sslstudio.gui.train.page import REPAINT_MS
from sslstudio.gui.train.tiles import TILE_HEIGHT
from sslstudio.gui.train.words import plain
from sslstudio.gui.widgets.text import ElidedLabel
from sslstudio.services.presets import find_recipe
from tests.gui.train.conftest import ANCHORS, history, measured, run_view, saved, started, stepped


@pytest.fixture(scope="module")
def recipe():
    return find_recipe("simclr", load_catalog(), None, "cpu")


@pytest.fixture(scope="module")
def simsiam():
    """A recipe that is bound to collapse: SimSiam without its stop-gradient."""
    catalog = load_catalog()
    whole = find_recipe("simsiam", catalog, None, "cpu")
    return with_value(whole, "objective.target", "same", catalog.kinds)


@pytest.fixture
def drawings(page, monkeypatch):
    """Count how often the loss is drawn."""
    seen = []
    show = page.loss.plot.show_drawing

    def counted(drawing, colours):
        seen.append(drawing)
        show(drawing, colours)

    monkeypatch.setattr(page.loss.plot, "show_drawing", counted)
    return seen


def button(page, name):
    return page.findChild(QPushButton, f"train.{name}")


def shown_buttons(page):
    names = ("start", "resume", "pause", "stop", "branch")
    return {name for name in names if button(page, name).isVisible()}


def fix_buttons(page):
    QApplication.processEvents()
    return [b for b in page.verdict.evidence.findChildren(QPushButton) if b.isVisible()]


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def words(widget):
    QApplication.processEvents()
    labels = [w for w in widget.findChildren(QWidget) if isinstance(w, QLabel | ElidedLabel)]
    shown = " ".join(label.text() for label in labels if label.isVisible())
    return re.sub(r"<[^>]+>", "", shown)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("idle", {"start"}),
        ("starting", {"pause", "stop"}),
        ("training", {"pause", "stop"}),
        ("paused", {"resume", "stop"}),
        ("stopping", {"pause", "stop"}),
        ("done", {"start"}),
        ("interrupted", {"resume", "start"}),
        ("failed", {"start"}),
    ],
)
def test_each_state_offers_what_makes_sense(page, state, names):
    page.show_run(run_view((started(),)))
    page.set_state(state)
    assert shown_buttons(page) == names


def test_buttons_say_what_was_asked(page, qtbot):
    page.show_run(run_view((started(),)))
    for state, name in [
        ("idle", "start"),
        ("training", "pause"),
        ("paused", "resume"),
        ("paused", "stop"),
    ]:
        page.set_state(state)
        with qtbot.waitSignal(getattr(page, f"{name}_asked"), timeout=1000):
            click(qtbot, button(page, name))


def test_nothing_can_be_asked_twice_while_it_stops(page):
    page.show_run(run_view((started(),)))
    page.set_state("stopping")
    assert not button(page, "pause").isEnabled()
    assert not button(page, "stop").isEnabled()


def test_space_pauses_and_resumes(page, qtbot):
    page.show_run(run_view((started(),)))
    action = next(action for action in page.actions_offered() if action.shortcut == "Space")
    page.set_state("idle")
    assert not action.enabled()
    page.set_state("training")
    with qtbot.waitSignal(page.pause_asked, timeout=1000):
        action.run()
    page.set_state("paused")
    with qtbot.waitSignal(page.resume_asked, timeout=1000):
        action.run()


def test_a_failed_run_with_a_checkpoint_can_be_resumed_and_says_why_it_failed(page):
    failed = Finished(
        step=300, outcome="failed", seconds=9.0, message="The disk is full.", hint="Free some."
    )
    page.show_run(run_view((started(), *history(299), failed)))
    page.set_state("failed")
    assert shown_buttons(page) == {"resume", "start", "branch"}
    assert "The disk is full. Free some." in page.verdict.accessibleDescription()


def test_ten_thousand_events_arrive_with_few_repaints(page, qtbot, drawings):
    page.show_run(run_view((started(),)))
    page.set_state("training")
    drawings.clear()
    events = history(9000)
    for start in range(0, len(events), 30):
        page.fold(events[start : start + 30])
    assert len(events) > 9_600
    qtbot.waitUntil(lambda: len(drawings) >= 1, timeout=2000)
    # 330 batches came before the event loop turned once: one repaint takes them all in.
    assert len(drawings) == 1
    assert drawings[-1].lines[0].smooth_x[-1] >= 8_900
    assert max(len(line.raw_x) for line in drawings[-1].lines) <= 1000


def test_a_stream_of_batches_repaints_at_a_readable_rate(page, drawings):
    page.show_run(run_view((started(),)))
    page.set_state("training")
    drawings.clear()
    began = monotonic()
    for first in range(1, 1200, 30):
        page.fold(history(30, first))
        QApplication.processEvents()
    assert len(drawings) <= (monotonic() - began) * 1000 / REPAINT_MS + 1
    assert 66 <= REPAINT_MS <= 100


def test_a_run_from_disk_is_drawn_at_once_and_only_once(page, drawings):
    page.show_run(run_view((started(), *history(9000))))
    assert 1 <= len(drawings) <= 2
    assert page.inspector.progress.steps.text() == "9,000 of 1,060 steps"


def test_a_hidden_page_draws_nothing_and_catches_up_when_shown(page, qtbot, drawings):
    page.show_run(run_view((started(),)))
    page.hide()
    drawings.clear()
    page.fold(history(50))
    qtbot.wait(150)
    assert drawings == []
    page.show()
    assert drawings[-1].lines[0].raw_x[-1] == 50


def test_a_loss_that_stops_being_a_number_leaves_a_gap_not_a_crash(page):
    events = [stepped(step, math.nan if step > 40 else None) for step in range(1, 80)]
    page.show_run(run_view((started(), *events, measured(79, math.nan, math.inf))))
    page.fold([VerdictGiven(step=79, state="diverged", sentence="The loss is not a number.")])
    page.activated()
    assert page.grab().width() > 0
    assert "Diverged." in words(page.verdict)
    tile = page.monitors.tiles[0]
    assert tile.value.text() == "not a number"


def test_a_resumed_run_goes_on_where_its_checkpoint_stood(page, drawings):
    again = [started(200, resumed=True), *history(20, first=201)]
    page.show_run(run_view((started(), *history(260), *again)))
    line = drawings[-1].lines[0]
    assert np.all(np.diff(line.raw_x) > 0)
    assert line.raw_x[-1] == 220
    assert "resumed" in [sign.mark.kind for sign in drawings[-1].signs]


def test_log_of_a_negative_loss_says_what_is_left_out(page, qtbot):
    page.show_run(run_view((started(), *(stepped(step, -0.5) for step in range(1, 30)))))
    click(qtbot, page.loss.log_chip)
    assert "29 values at or below zero" in page.loss.footnote.text()
    click(qtbot, page.loss.log_chip)
    assert page.loss.footnote.text() == "step"


def test_terms_are_chosen_by_their_chips_and_one_always_stays(page, qtbot, drawings):
    page.show_run(run_view((started(), *(stepped(s, variance=0.5) for s in range(1, 30)))))
    click(qtbot, page.loss.terms["variance"])
    assert [line.name for line in drawings[-1].lines] == ["loss", "variance"]
    click(qtbot, page.loss.terms["loss"])
    click(qtbot, page.loss.terms["variance"])
    assert [line.name for line in drawings[-1].lines] == ["variance"]
    assert page.loss.terms["variance"].isChecked()


def test_view_chips_change_smoothing_and_axis(page, qtbot, drawings):
    page.show_run(run_view((started(), *history(100))))
    click(qtbot, page.loss.smooth_chip)
    assert page.loss.smooth_chip.text() == "smooth .9"
    assert drawings[-1].view.smoothing == 0.9
    click(qtbot, page.loss.axis_chip)
    assert page.loss.axis_chip.text() == "by time"
    assert drawings[-1].lines[0].raw_x[-1] == 50.0


def test_an_edit_moves_the_ruler_and_the_old_one_ends_there(page, drawings):
    page.show_run(run_view((started(), *history(100))))
    warmer = (ANCHORS[0], ANCHORS[1].model_copy(update={"value": 4.264}))
    edit = Edited(step=60, path="objective.loss.temperature", value=0.5, anchors=warmer)
    page.fold([edit, *history(20, first=101)])
    page.activated()
    drawing = drawings[-1]
    assert [(r.text, r.start, r.end) for r in drawing.rulers] == [
        ("all alike: ln(511) = 6.236", None, None),
        ("uniform sphere 1.566", None, 60.0),
        ("uniform sphere 4.264", 60.0, None),
    ]
    assert "uniform sphere 4.264" in page.loss.plot.accessibleDescription()
    assert "1.566" not in page.loss.plot.accessibleDescription()
    ends = {tuple(line.getData()[0]) for line in page.loss.plot.ruler_lines()}
    assert ends == {(0.0, drawing.x.high), (0.0, 60.0), (60.0, drawing.x.high)}


def test_the_pointer_reads_the_values_at_its_step(page, qtbot):
    edit = Edited(step=50, path="objective.loss.temperature", value=0.3)
    page.show_run(run_view((started(), *history(100), edit)))
    page.activated()
    viewport = page.loss.plot._plot.viewport()
    box = page.loss.plot._plot.getViewBox().sceneBoundingRect()
    share = 50 / page.loss._drawing.x.high
    at = QPoint(round(box.left() + share * box.width()), round(box.center().y()))
    qtbot.mouseMove(viewport, at)
    qtbot.waitUntil(lambda: page.loss.readout.text() != "", timeout=1000)
    text = page.loss.readout.text()
    assert text.startswith(("step 4", "step 5"))
    assert "Temperature set to 0.300" in text


def test_why_shows_spread_and_rank_with_their_bands_and_what_to_do(page, qtbot):
    evidence = {"untrained_rank": 42.0, "untrained_knn": 0.43}
    collapsed = VerdictGiven(step=150, state="collapsed", sentence="", evidence=evidence)
    page.show_run(run_view((started(), *history(140), measured(149, 0.02, 1.4), collapsed)))
    click(qtbot, page.verdict.why)
    text = words(page.verdict.evidence)
    assert "Feature spread 0.02 ● low healthy above 0.6" in text
    assert "Effective rank 1 ● low healthy above 45, untrained 42; about 1 direction" in text
    assert "kNN 0.58  untrained 0.43; .15 gained by training" in text
    assert text.count("● low") == 4
    assert "Likely cause Different images get the same embedding" in text
    assert "What to do Put in what keeps them apart" in text


def test_a_missing_stop_gradient_is_named_with_the_button_that_puts_it_back(page, qtbot, simsiam):
    collapsed = VerdictGiven(step=150, state="collapsed", sentence="")
    events = (started(), *history(140), measured(149, 0.02, 1.4), collapsed)
    page.show_run(run_view(events, simsiam))
    page.set_state("training")
    click(qtbot, page.verdict.why)
    assert "No stop-gradient" in words(page.verdict.evidence)
    (fix,) = fix_buttons(page)
    assert fix.text() == "Add the stop-gradient"
    with qtbot.waitSignal(page.fix_asked, timeout=1000) as asked:
        click(qtbot, fix)
    assert asked.args[0].edits == (("objective.target", "stop-gradient"),)


def test_a_remedy_that_may_change_while_it_trains_changes_the_run(page, qtbot, recipe):
    stalled = VerdictGiven(step=150, state="stalled", sentence="")
    page.show_run(run_view((started(), *history(140), stalled), recipe))
    page.set_state("training")
    click(qtbot, page.verdict.why)
    (fix,) = fix_buttons(page)
    with qtbot.waitSignal(page.edit_asked, timeout=1000) as asked:
        click(qtbot, fix)
    path, value = asked.args
    assert (path, value) == ("optimizer.learning_rate", 3 * recipe.optimizer.learning_rate)
    page.fold([Edited(step=151, path=path, value=value)])
    page.activated()
    assert page.inspector.live.forms[path].spec.factor == pytest.approx(3.0)
    page.set_state("done")
    (fix,) = fix_buttons(page)
    with qtbot.waitSignal(page.fix_asked, timeout=1000):
        click(qtbot, fix)


def test_rank_alone_gets_its_own_advice(page, qtbot):
    collapsed = VerdictGiven(step=150, state="collapsed", sentence="Few directions.")
    page.show_run(
        run_view((started(), *history(140), measured(149, 0.8, 3.0, uniformity=-0.2), collapsed))
    )
    click(qtbot, page.verdict.why)
    text = words(page.verdict.evidence)
    assert "only along a few directions" in text
    assert f"Uniformity −0.20 ● high healthy below {plain(LIMITS.uniformity)}" in text


def test_tiles_follow_the_gauges_and_name_what_is_out_of_band(page):
    page.show_run(run_view((started(), *history(50), measured(51, spread=0.2))))
    names = [tile.card.name for tile in page.monitors.tiles]
    assert names == ["spread", "rank", "knn", "spectrum", "learning rate", "images/s"]
    spread, rank = page.monitors.tiles[:2]
    assert (spread.value.text(), spread.word.text()) == ("0.20", "low")
    assert (rank.value.text(), rank.word.text()) == ("91 / 128", "")


def test_checkpoints_are_chosen_by_click_and_keys(page, qtbot):
    page.show_run(run_view((started(), *history(700))))
    line = page.inspector.checkpoints.line
    with qtbot.waitSignal(page.checkpoint_chosen, timeout=1000) as first:
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(2, line.height() // 2))
    assert first.args == [106]
    with qtbot.waitSignal(page.checkpoint_chosen, timeout=1000) as second:
        qtbot.keyClick(line, Qt.Key.Key_Right)
    assert second.args == [212]
    assert page.loss.readout.text().startswith("step 212")


def test_branching_goes_on_from_the_newest_checkpoint_or_from_the_chosen_one(page, qtbot):
    page.show_run(run_view((started(), *history(50))))
    page.set_state("training")
    assert not button(page, "branch").isVisible()
    page.fold(history(400, first=51))
    page.activated()
    with qtbot.waitSignal(page.branch_asked, timeout=1000) as asked:
        click(qtbot, button(page, "branch"))
    assert asked.args == [424]
    qtbot.keyClick(page.inspector.checkpoints.line, Qt.Key.Key_Home)
    assert "from step 106" in button(page, "branch").toolTip()
    for name in ("branch", "rewind"):
        with qtbot.waitSignal(page.branch_asked, timeout=1000) as asked:
            click(qtbot, button(page, name))
        assert asked.args == [106]


def test_nothing_branches_where_the_budget_is_used_up(page, qtbot):
    used_up = Saved(step=1060, path="x", progress=1.0)
    page.show_run(run_view((started(), *history(110), stepped(1060), used_up)))
    page.set_state("done")
    qtbot.keyClick(page.inspector.checkpoints.line, Qt.Key.Key_End)
    assert not button(page, "branch").isVisible()
    assert not button(page, "rewind").isEnabled()
    qtbot.keyClick(page.inspector.checkpoints.line, Qt.Key.Key_Escape)
    with qtbot.waitSignal(page.branch_asked, timeout=1000) as asked:
        click(qtbot, button(page, "branch"))
    assert asked.args == [106]


def test_the_best_checkpoint_is_named_and_marked(page, qtbot):
    events = (started(), measured(106, knn=0.7), saved(106), measured(212, knn=0.6), saved(212))
    page.show_run(run_view(events))
    panel = page.inspector.checkpoints
    assert panel.words.text() == "best kNN 0.70 at step 106"
    qtbot.keyClick(panel.line, Qt.Key.Key_Home)
    assert panel.words.text() == "step 106  ·  kNN 0.70, the best"
    qtbot.keyClick(panel.line, Qt.Key.Key_Right)
    assert panel.words.text() == "step 212  ·  kNN 0.60"


def test_a_checkpoint_is_kept_and_let_go(page, qtbot):
    page.show_run(run_view((started(), *history(230))))
    qtbot.keyClick(page.inspector.checkpoints.line, Qt.Key.Key_Home)
    keep = button(page, "keep")
    with qtbot.waitSignal(page.keep_asked, timeout=1000) as asked:
        click(qtbot, keep)
    assert asked.args == [106]
    page.show_kept(frozenset({106}))
    assert keep.text() == "Let go"
    assert "kept" in page.inspector.checkpoints.words.text()
    with qtbot.waitSignal(page.keep_asked, timeout=1000) as asked:
        click(qtbot, keep)
    assert asked.args == [106]


def test_escape_goes_back_to_the_newest_state(page, qtbot):
    page.show_run(run_view((started(), *history(230))))
    line = page.inspector.checkpoints.line
    qtbot.keyClick(line, Qt.Key.Key_Home)
    assert page.loss.readout.text().startswith("step 106")
    with qtbot.waitSignal(page.checkpoint_released, timeout=1000):
        qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert page.loss.readout.text() == ""
    assert not button(page, "rewind").isVisible()


def test_a_dropped_checkpoint_leaves_the_line(page, qtbot):
    page.show_run(run_view((started(), *history(430))))
    line = page.inspector.checkpoints.line
    qtbot.keyClick(line, Qt.Key.Key_Home)
    page.fold([Dropped(step=424, steps=(106,))])
    page.activated()
    assert line.steps == (212, 318, 424)
    assert line.current is None


def test_a_branch_says_where_it_comes_from(page):
    origin = "Branched from SimCLR at step 106."
    page.show_run(run_view((started(), *history(230)), origin=origin))
    assert origin in words(page.inspector)
    page.show_run(run_view((started(), *history(230))))
    assert "Branched" not in words(page.inspector)


def test_a_live_edit_is_asked_for_once_the_slider_rests(page, qtbot, recipe):
    page.show_run(run_view((started(), *history(20)), recipe))
    page.set_state("training")
    editor = page.inspector.live.forms["objective.loss"].editor("temperature")
    with qtbot.waitSignal(page.edit_asked, timeout=2000) as asked:
        for _ in range(4):
            qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    path, value = asked.args
    assert path == "objective.loss.temperature"
    assert value > recipe.objective.loss.temperature


def test_the_rate_is_edited_as_a_multiple_of_the_recipes(page, qtbot, recipe):
    page.show_run(run_view((started(),), recipe))
    page.set_state("training")
    editor = page.inspector.live.forms["optimizer.learning_rate"].editor("factor")
    with qtbot.waitSignal(page.edit_asked, timeout=2000) as asked:
        editor.slider.setValue(editor.scale.position(2.0))
    assert asked.args == ["optimizer.learning_rate", 2.0 * recipe.optimizer.learning_rate]


def test_live_fields_stand_at_what_was_edited_before_and_only_while_it_trains(page, recipe):
    edits = (
        Edited(step=5, path="objective.loss.temperature", value=0.5),
        Edited(step=6, path="optimizer.learning_rate", value=recipe.optimizer.learning_rate / 2),
    )
    page.show_run(run_view((started(), *history(20), *edits), recipe))
    page.set_state("done")
    assert not page.inspector.live.isVisible()
    page.set_state("training")
    assert page.inspector.live.isVisible()
    forms = page.inspector.live.forms
    assert forms["objective.loss"].spec.temperature == 0.5
    assert forms["optimizer.learning_rate"].spec.factor == 0.5


def wait_for_pictures(page, qtbot, said):
    qtbot.waitUntil(lambda: said in words(page.inspector.exhibits), timeout=20_000)


def test_one_pair_is_shown_with_its_numbers_and_a_torn_file_is_told_of(page, qtbot, tmp_path):
    view = np.zeros((8, 8, 3), np.uint8)
    np.savez(tmp_path / "pair.npz", view_a=view, view_b=view)
    numbers = {"cosine": 0.83, "hardest_negative": 0.61}
    page.show_run(run_view((started(), *history(20)), folder=tmp_path))
    page.fold([Shown(step=20, path="pair.npz", numbers=numbers)])
    page.set_state("training")
    wait_for_pictures(page, qtbot, "cos 0.83")
    assert "hardest negative 0.61" in words(page.inspector.exhibits)
    page.fold([Shown(step=30, path="gone.npz")])
    page.set_state("paused")
    wait_for_pictures(page, qtbot, "cannot be read")


def test_pictures_of_a_run_that_is_no_longer_shown_are_left_out(page, qtbot, tmp_path):
    view = np.zeros((8, 8, 3), np.uint8)
    np.savez(tmp_path / "pair.npz", view_a=view, view_b=view)
    first = Shown(step=20, path="pair.npz", numbers={"cosine": 0.83})
    page.show_run(run_view((started(), *history(20), first), folder=tmp_path))
    (tmp_path / "other").mkdir()
    np.savez(tmp_path / "other" / "a.npz", rebuilt=view[None])
    second = Shown(step=3, path="a.npz", captions=("rebuilt",))
    page.show_run(run_view((started(), *history(3), second), folder=tmp_path / "other"))
    wait_for_pictures(page, qtbot, "rebuilt")
    assert "cos 0.83" not in words(page.inspector.exhibits)


def test_answers_of_a_generative_model_are_shown_in_rows(page, qtbot, tmp_path):
    row = np.zeros((4, 8, 8, 3), np.uint8)
    np.savez(tmp_path / "a.npz", input=row, rebuilt=row)
    shown = Shown(step=3, path="a.npz", captions=("input", "rebuilt"))
    page.show_run(run_view((started(), *history(3), shown), folder=tmp_path))
    wait_for_pictures(page, qtbot, "What the model answers input rebuilt")
    text = words(page.inspector.exhibits)
    assert "One pair" not in text


def test_no_run_says_what_to_do_next(page):
    page.show_run(None)
    page.set_state("idle")
    assert "Press Start training" in words(page)
    assert not page.loss.isVisible()
    assert page.title() == "Train"


def test_the_header_names_the_run_and_its_state(page, qtbot):
    with qtbot.waitSignal(page.header_changed, timeout=1000):
        page.show_run(run_view((started(),)))
    page.set_state("paused")
    assert (page.title(), page.chips()) == ("SimCLR on shapes", ["paused"])


def test_another_theme_recolours_everything_without_losing_the_view(page, theme, qtbot):
    page.show_run(run_view((started(), *history(300))))
    click(qtbot, page.verdict.why)
    dark = page.grab().toImage().pixelColor(400, 300)
    theme.set_mode("light")
    light = page.grab().toImage().pixelColor(400, 300)
    assert light.lightness() > dark.lightness() + 100
    assert page.verdict.evidence.isVisible()


def test_every_control_has_a_name_and_a_tooltip(page, recipe):
    page.show_run(run_view((started(), *history(120), Saved(step=106, path="x")), recipe))
    page.set_state("training")
    for control in page.findChildren(QAbstractButton):
        if control.isVisible():
            assert control.accessibleName(), control
            assert control.toolTip(), control


def test_stable_object_names(page):
    for name in ("start", "pause", "resume", "stop", "verdict", "loss", "monitors"):
        assert page.findChild(object, f"train.{name}") is not None, name


def test_only_whole_rows_of_monitors_are_shown_at_any_size(page):
    page.show_run(run_view((started(), *history(60))))
    for width, height in [(1008, 752), (828, 652), (1650, 1032)]:
        page.resize(width, height)
        QApplication.processEvents()
        rows = (page.monitors.height() + GAP) / (TILE_HEIGHT + GAP)
        assert rows == round(rows) >= 1
        assert page.loss.height() >= page.loss.minimumSizeHint().height()
    assert page.monitors.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("size", [(1008, 752), (1650, 1032)])
def test_the_open_evidence_cuts_nothing_off(page, qtbot, simsiam, size):
    page.resize(*size)
    collapsed = VerdictGiven(step=150, state="collapsed", sentence="All lie together. " * 6)
    readings = measured(149, 0.02, 1.4, uniformity=-0.1)
    page.show_run(run_view((started(), *history(140), readings, collapsed), simsiam))
    click(qtbot, page.verdict.why)
    qtbot.wait(30)
    for label in page.verdict.findChildren(QLabel):
        if label.isVisible():
            needed = label.heightForWidth(label.width())
            assert label.height() >= needed, label.text()
    assert page.monitors.height() >= TILE_HEIGHT
    click(qtbot, page.verdict.why)
    assert page.verdict.accessibleDescription().startswith("Collapsed.")


def test_what_can_be_judged_stands_first_and_pictures_last(page):
    gauges = (
        GaugeCard(name="alignment", label="Alignment", how_to_read="", low=0.0),
        GaugeCard(name="spectrum", label="Spectrum", how_to_read="", is_spectrum=True),
        GaugeCard(name="knn", label="kNN", how_to_read="", low=0.0, high=1.0),
        GaugeCard(name="spread", label="Spread", how_to_read="", healthy=(0.6, 1.0)),
    )
    page.show_run(run_view((Started(step=0, gauges=gauges),)))
    names = [tile.card.name for tile in page.monitors.tiles]
    assert names[:4] == ["spread", "knn", "alignment", "spectrum"]


def test_knn_is_read_against_the_untrained_network_once_that_is_known(page):
    page.show_run(run_view((started(), measured(25))))
    tile = next(tile for tile in page.monitors.tiles if tile.card.name == "knn")
    assert tile.note.text() == "untrained .43"
    given = VerdictGiven(step=50, state="learning", sentence="", evidence={"untrained_knn": 0.262})
    page.fold([given, measured(51)])
    page.activated()
    assert tile.note.text() == "untrained 0.26"
