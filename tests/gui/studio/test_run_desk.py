"""The run that is looked at, with a training and background reading that the test drives."""

from contextlib import ExitStack

import pytest

from sslstudio.domain.events import Saved, Started, Stepped
from sslstudio.gui.studio.run_desk import RunDesk
from sslstudio.gui.studio.run_reading import view_of
from sslstudio.services.runs.folder import RunFolder
from sslstudio.services.runs.sweep_place import SweepPlace
from tests.gui.studio.stand_ins import workshop
from tests.support.runs import small_recipe

BRANCH_STEP = 3


def stepped(step):
    return Stepped(
        step=step,
        terms={"loss": 1.0},
        learning_rate=0.1,
        progress=step / 6,
        seconds=float(step),
        images_per_second=9.0,
        epoch=0.1,
        memory_bytes=0,
    )


@pytest.fixture
def recipe(catalog):
    return small_recipe(catalog)


@pytest.fixture
def make_run(equipment, recipe):
    def make(name):
        folder = RunFolder.create(equipment.library.root / name, recipe, {})
        for event in (Started(step=0, total_steps=6), stepped(BRANCH_STEP)):
            folder.append(event)
        return folder

    return make


@pytest.fixture
def shop(qapp, equipment, recipe):
    assert qapp is not None
    return workshop(equipment, recipe)


@pytest.fixture
def desk(shop):
    return RunDesk(shop)


def read(shop):
    """Let all reading that was asked for come to its end."""
    for job in shop.jobs.started:
        job.do()
    shop.jobs.started.clear()


@pytest.fixture
def elsewhere(make_run):
    """Return a run that somebody else trains, and what ends that training."""
    folder = make_run("elsewhere")
    with ExitStack() as training:
        training.enter_context(folder.locked())
        yield folder, training.close


def begin(shop, folder):
    shop.training.begin(folder, view_of(shop.equipment, folder))


def test_the_run_that_was_asked_for_last_is_shown_whichever_is_read_first(shop, desk, make_run):
    for name in ("first", "second"):
        make_run(name)
    desk.open("first")
    desk.open("second")
    early, late = shop.jobs.started
    late.do()
    early.do()
    assert desk.shown_run == shop.train.run.id == "second"


def test_a_run_in_training_that_is_gone_back_to_stays(shop, desk, make_run):
    begin(shop, make_run("ours"))
    make_run("other")
    desk.open("other")
    desk.open("ours")
    read(shop)
    assert desk.shown_run == shop.train.run.id == "ours"


def test_a_run_that_is_gone_is_not_resumed_and_measuring_goes_on(shop, desk):
    desk.resume("gone")
    (error,) = shop.frame.messages.show_error.call_args.args
    assert "gone" in str(error)
    assert shop.training.asked == []
    shop.estimator.block.assert_not_called()


def test_what_a_resumed_run_said_before_was_read_while_it_got_ready(shop, desk, make_run):
    assert desk.shown_run == ""
    folder = make_run("ours")
    view = view_of(shop.equipment, folder)
    shop.training.begin(folder, view)
    # A long log takes a tenth of a second to read: not on the window's thread, not again.
    assert shop.train.run is view


def test_what_a_paused_run_still_says_leaves_it_paused_in_the_list(shop, desk, make_run):
    assert desk.shown_run == ""
    begin(shop, make_run("ours"))
    shop.training.events.emit([stepped(4)])
    assert shop.library.live["ours"] == ("training", 4)
    shop.training.become("paused")
    shop.training.events.emit([stepped(5)])
    assert shop.library.live["ours"] == ("paused", 5)


def test_a_branch_begins_when_its_run_has_stopped_elsewhere(shop, desk, elsewhere):
    folder, end = elsewhere
    desk.open(folder.id)
    read(shop)
    shop.train.branch_asked.emit(BRANCH_STEP)
    assert folder.control.read() == "stop"
    assert shop.training.asked == []
    end()
    desk.outside.look()
    assert shop.training.asked == [("branch", folder.id, BRANCH_STEP)]


def test_a_branch_that_waits_is_given_up_when_another_run_begins(shop, desk, elsewhere, make_run):
    folder, end = elsewhere
    desk.open(folder.id)
    read(shop)
    shop.train.branch_asked.emit(BRANCH_STEP)
    begin(shop, make_run("ours"))
    shop.training.end()
    assert shop.training.asked == []
    desk.open(folder.id)
    read(shop)
    end()
    desk.outside.look()
    assert shop.training.asked == []


def test_a_branch_of_our_own_run_outlasts_the_end_of_one_elsewhere(shop, desk, elsewhere, make_run):
    folder, end = elsewhere
    begin(shop, make_run("ours"))
    shop.training.events.emit([Saved(step=BRANCH_STEP, path="", progress=0.5)])
    shop.train.branch_asked.emit(BRANCH_STEP)
    assert shop.training.asked == ["stop"]
    shop.training.become("stopping")
    desk.open(folder.id)
    read(shop)
    end()
    desk.outside.look()
    shop.training.end()
    assert shop.training.asked == ["stop", ("branch", "ours", BRANCH_STEP)]


def place(position):
    return SweepPlace(sweep="s", label="temperature", value=0.1, position=position, count=3)


@pytest.mark.parametrize("goes_elsewhere", [True, False])
def test_a_sweeps_next_run_leaves_the_page_to_whoever_looks_at_another_run(
    shop, desk, make_run, goes_elsewhere
):
    make_run("old")
    shop.training.place = place(1)
    begin(shop, make_run("first"))
    assert desk.shown_run == "first"
    if goes_elsewhere:
        desk.open("old")
        read(shop)
    shop.training.end()
    shop.training.place = place(2)
    begin(shop, make_run("second"))
    assert desk.shown_run == ("old" if goes_elsewhere else "second")
    assert shop.train.state == ("interrupted" if goes_elsewhere else "training")
    # Asked for, it is shown again, and so is the one after it.
    desk.open("second")
    assert (desk.shown_run, shop.train.state) == ("second", "training")
    shop.training.end()
    shop.training.place = place(3)
    begin(shop, make_run("third"))
    assert desk.shown_run == "third"


def test_a_run_that_is_started_by_hand_is_shown_whatever_was_looked_at(shop, desk, make_run):
    make_run("old")
    begin(shop, make_run("first"))
    desk.open("old")
    read(shop)
    shop.training.end()
    begin(shop, make_run("second"))
    assert desk.shown_run == "second"
