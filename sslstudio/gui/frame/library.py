"""The list of all runs, at the left of every workspace."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QMessageBox,
)

from sslstudio.gui.frame.run_rows import RunDelegate, RunModel, RunRow
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.marks import Chip
from sslstudio.gui.widgets.panel import Panel
from sslstudio.gui.widgets.search_field import SearchField
from sslstudio.gui.widgets.text import text_label

__all__ = ["LibraryPanel", "RunRow"]

EMPTY = "No runs yet. Put an experiment together under Design and start it; it appears here."
NO_MATCH = "No run matches these words."
RESUMABLE = ("interrupted", "paused", "failed", "collapsed")


class _RunList(QListView):
    """The view; keys for what its menu offers.

    Signals:
        opened, delete_asked: the current row's run, by key.
    """

    opened = Signal()
    delete_asked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        if not editing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif not editing and event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        else:
            super().keyPressEvent(event)


class LibraryPanel(Panel):
    """All runs with their states; what can be done with one is in its menu.

    Signals:
        opened: id of the run to look at.
        renamed: id and new name.
        resume_asked, reveal_asked: id.
        delete_asked: id, after the user has confirmed.
    """

    opened = Signal(str)
    renamed = Signal(str, str)
    resume_asked = Signal(str)
    delete_asked = Signal(str)
    reveal_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("flat", margin=0, spacing=0)
        self.model = RunModel(self)
        self.model.renamed.connect(self.renamed)
        self._count = Chip("0")
        self._filter = SearchField("Filter runs", "Show only runs whose name or state matches")
        self._filter.textChanged.connect(self._filter_changed)
        self._list = _RunList()
        self._empty = text_label(EMPTY, "muted", wrap=True)
        self._set_up_list(theme)
        self._lay_out()

    def set_runs(self, runs: Sequence[RunRow]) -> None:
        """Show these runs, in this order; the current one stays current."""
        current = self.current_run()
        self.model.set_runs(runs)
        if current is not None:
            self.select(current.id)
        self._count.setText(str(self.model.total))
        self._show_state()

    def current_run(self) -> RunRow | None:
        """Return the run that is picked."""
        return self.model.run_at(self._list.currentIndex())

    def select(self, run_id: str) -> None:
        """Pick a run without opening it; an unknown id picks none."""
        row = self.model.row_of(run_id)
        self._list.setCurrentIndex(self.model.index(row))

    def rename_current(self) -> None:
        """Turn the current run's name into a field."""
        if self._list.currentIndex().isValid():
            self._list.edit(self._list.currentIndex())

    def menu_for(self, run: RunRow) -> QMenu:
        """Return what can be done with a run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open", lambda: self.opened.emit(run.id))
        menu.addAction("Rename", self.rename_current)
        resume = menu.addAction("Resume", lambda: self.resume_asked.emit(run.id))
        resume.setEnabled(run.state in RESUMABLE)
        menu.addAction("Show in folder", lambda: self.reveal_asked.emit(run.id))
        menu.addSeparator()
        delete = menu.addAction("Delete", lambda: self._ask_to_delete(run))
        delete.setEnabled(run.state != "training")
        return menu

    def _ask_to_delete(self, run: RunRow) -> None:
        box = QMessageBox(self.window())
        box.setWindowTitle("Delete run")
        box.setText(f"Delete {run.name} and its checkpoints?")
        box.setInformativeText("The run's folder is removed from the disk. This cannot be undone.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete.clicked.connect(lambda: self.delete_asked.emit(run.id))
        box.open()

    def _current_opened(self) -> None:
        run = self.current_run()
        if run is not None:
            self.opened.emit(run.id)

    def _current_delete(self) -> None:
        run = self.current_run()
        if run is not None and run.state != "training":
            self._ask_to_delete(run)

    def _menu_asked(self, place: QPoint) -> None:
        run = self.model.run_at(self._list.indexAt(place))
        if run is not None:
            self.menu_for(run).popup(self._list.viewport().mapToGlobal(place))

    def _filter_changed(self, words: str) -> None:
        current = self.current_run()
        self.model.set_filter(words)
        if current is not None:
            self.select(current.id)
        self._show_state()

    def _show_state(self) -> None:
        anything = self.model.rowCount() > 0
        self._empty.setText(NO_MATCH if self.model.total else EMPTY)
        self._empty.setVisible(not anything)
        self._list.setVisible(anything)

    def _set_up_list(self, theme: Theme) -> None:
        view = self._list
        view.setObjectName("library.runs")
        view.setAccessibleName("Runs")
        view.setToolTip("Enter opens a run, F2 renames it, Delete removes it")
        view.setModel(self.model)
        view.setItemDelegate(RunDelegate(theme, view))
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setMouseTracking(True)
        view.setUniformItemSizes(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu_asked)
        view.clicked.connect(self._current_opened)
        view.opened.connect(self._current_opened)
        view.delete_asked.connect(self._current_delete)
        theme.changed.connect(view.viewport().update)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(text_label("Runs", "section"))
        top.addStretch(1)
        top.addWidget(self._count)
        self.body.setContentsMargins(12, 12, 8, 12)
        self.body.addLayout(top)
        self.body.addSpacing(8)
        self.body.addWidget(self._filter)
        self.body.addSpacing(8)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._list, 1)
        self.body.addStretch()
        self._list.hide()
