import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sslstudio.gui.explore import timeline as module
from sslstudio.gui.explore.timeline import Timeline

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def timeline(qtbot, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_MS", 1)
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.show()
    timeline.set_steps((10, 20, 1060), 1060)
    return timeline


def test_it_begins_at_the_last_checkpoint_and_says_so(timeline):
    assert timeline.step() == 1060
    timeline.say_loss(3.414)
    assert timeline.words.text() == "step 1,060 of 1,060 · loss 3.41"


def test_keys_choose_checkpoints(timeline, qtbot):
    with qtbot.waitSignal(timeline.chosen) as chosen:
        QTest.keyClick(timeline.slider, Qt.Key.Key_Left)
    assert chosen.args == [20]
    assert timeline.words.text().startswith("step 20 of")


def test_new_checkpoints_leave_the_chosen_one_alone(timeline):
    QTest.keyClick(timeline.slider, Qt.Key.Key_Left)
    timeline.set_steps((10, 20, 1060, 1100), 2000)
    assert timeline.step() == 20


def test_play_goes_from_the_beginning_to_the_end_as_maps_are_shown(timeline, qtbot):
    seen = []

    def shown(step):
        seen.append(step)
        timeline.go_on()

    timeline.chosen.connect(shown)
    QTest.mouseClick(timeline.play, LEFT)
    assert timeline.play.text() == "Pause"
    qtbot.waitUntil(lambda: not timeline.is_playing)
    assert seen == [10, 20, 1060]
    assert timeline.play.text() == "Play"


def test_pause_stays_where_it_is(timeline):
    QTest.mouseClick(timeline.play, LEFT)
    QTest.mouseClick(timeline.play, LEFT)
    assert not timeline.is_playing
    assert timeline.step() == 10


def test_one_checkpoint_cannot_be_played(timeline):
    timeline.set_steps((5,), 100)
    assert not timeline.play.isEnabled()
    timeline.set_steps((), 0)
    assert timeline.step() is None
    assert timeline.words.text() == ""


def test_a_step_is_chosen_from_outside_and_an_unknown_one_changes_nothing(timeline, qtbot):
    with qtbot.waitSignal(timeline.chosen) as chosen:
        timeline.choose(20)
    assert chosen.args == [20]
    with qtbot.assertNotEmitted(timeline.chosen):
        timeline.choose(21)
    assert timeline.step() == 20


def test_the_best_checkpoint_is_one_press_away_where_it_is_known(timeline, qtbot):
    assert not timeline.best.isVisible()
    timeline.set_best(20)
    assert timeline.best.isVisible()
    with qtbot.waitSignal(timeline.chosen) as chosen:
        QTest.mouseClick(timeline.best, LEFT)
    assert chosen.args == [20]
    timeline.set_steps((1060,), 1060)
    assert not timeline.best.isVisible()
