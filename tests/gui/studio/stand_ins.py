"""Stand-ins for what the desks work with: background jobs that wait, and pages that remember."""

from types import SimpleNamespace
from unittest.mock import MagicMock

from PySide6.QtCore import QObject, Signal

from sslstudio.domain.errors import StudioError
from sslstudio.gui.studio.workshop import Workshop


class HeldJob(QObject):
    """Work that is done when the test says so."""

    done = Signal(object)
    failed = Signal(object)
    finished = Signal()

    def __init__(self, work, name):
        super().__init__()
        self._work, self.name = work, name

    def do(self):
        try:
            result = self._work(lambda *_: None, lambda: False)
        except StudioError as error:
            self.failed.emit(error)
        else:
            self.done.emit(result)
        self.finished.emit()


class HeldJobs:
    """Remembers what was started."""

    def __init__(self):
        self.started = []

    def start(self, work, name):
        self.started.append(HeldJob(work, name))
        return self.started[-1]


class Training(QObject):
    """The controller's signals and state; the test is the training."""

    state_changed = Signal(str)
    prepared = Signal(object, object)
    events = Signal(object)
    ended = Signal(object)

    def __init__(self):
        super().__init__()
        self.state, self.folder, self.place = "idle", None, None
        self.asked = []

    @property
    def busy(self):
        return self.state != "idle"

    def become(self, state):
        self.state = state
        self.state_changed.emit(state)

    def begin(self, folder, view):
        """Let a run begin, as the controller does once it is prepared."""
        self.become("starting")
        self.folder = folder
        self.prepared.emit(folder, view)
        self.become("training")

    def end(self):
        self.become("idle")
        self.ended.emit(self.folder)

    def stop(self):
        self.asked.append("stop")

    def resume(self, folder):
        self.asked.append(("resume", folder.id))
        self.become("starting")

    def branch(self, source, step, _name):
        self.asked.append(("branch", source.id, step))
        self.become("starting")


class Train(QObject):
    """The Train page's signals, and what it was last told."""

    pause_asked = Signal()
    stop_asked = Signal()
    resume_asked = Signal()
    edit_asked = Signal(str, object)
    branch_asked = Signal(int)
    keep_asked = Signal(int)
    checkpoint_chosen = Signal(int)
    fix_asked = Signal(object)
    compare_asked = Signal(str)
    report_asked = Signal()

    def __init__(self):
        super().__init__()
        self.run, self.state, self.compared, self.folded = None, "idle", None, []

    def show_run(self, view):
        self.run, self.compared = view, None

    def set_state(self, state):
        self.state = state

    def compare_with(self, view):
        self.compared = view

    def fold(self, batch):
        self.folded += batch

    def offer_runs(self, runs):
        self.offered = runs


class Panel(QObject):
    opened = Signal(str)
    resume_asked = Signal(str)


class Library(QObject):
    changed = Signal()

    def __init__(self):
        super().__init__()
        self.cards, self.live = (), {}

    def mark_live(self, run_id, state, step):
        self.live[run_id] = (state, step)

    def clear_live(self, run_id):
        self.live.pop(run_id, None)

    def refresh(self):
        pass


class Inspector(QObject):
    sweep_asked = Signal(object)


class Frame(QObject):
    """Remembers which pages were asked for."""

    def __init__(self):
        super().__init__()
        self.library, self.messages, self.pages = Panel(), MagicMock(), []

    def current_page(self):
        return self.pages[-1] if self.pages else "design"

    def show_page(self, key):
        self.pages.append(key)


def workshop(equipment, recipe=None):
    """Return a workshop of stand-ins over a real catalogue and library."""
    return Workshop(
        frame=Frame(),
        jobs=HeldJobs(),
        equipment=equipment,
        opened=SimpleNamespace(images=None, facts=lambda: None),
        document=SimpleNamespace(recipe=recipe),
        training=Training(),
        library=Library(),
        estimator=MagicMock(),
        data=MagicMock(),
        design=SimpleNamespace(inspector=Inspector()),
        train=Train(),
        explore=MagicMock(),
        evaluate=MagicMock(),
        export=MagicMock(),
    )
