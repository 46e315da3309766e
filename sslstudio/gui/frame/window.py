"""The window: rail, run library, header, pages and status line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sslstudio.gui.actions import Action, always, explain_focus, install_shortcuts
from sslstudio.gui.command_palette import CommandPalette
from sslstudio.gui.frame.header import Header
from sslstudio.gui.frame.library import LibraryPanel
from sslstudio.gui.frame.mark import mark_icon
from sslstudio.gui.frame.rail import WORKSPACES, Rail
from sslstudio.gui.frame.status import StatusLine
from sslstudio.gui.page import HANDLE_PX, Page
from sslstudio.gui.settings import SettingsFile, WindowSettings
from sslstudio.gui.theme import Mode, Theme
from sslstudio.gui.widgets.message_bar import MessageBar
from sslstudio.gui.widgets.panel import SplitLine

START_SIZE = (1280, 800)
MINIMUM_SIZE = (1100, 700)
LIBRARY_LIMITS = (160, 400)
MODES: tuple[tuple[Mode, str], ...] = (
    ("system", "Follow the system's light or dark"),
    ("light", "Use light colours"),
    ("dark", "Use dark colours"),
)


class Frame(QMainWindow):
    """Everything around the pages; it knows no page's content.

    Signals:
        page_changed: key of the workspace that is now shown.
        closing: the window is about to close and its settings are about to be written.
    """

    page_changed = Signal(str)
    closing = Signal()

    def __init__(self, theme: Theme, settings: SettingsFile) -> None:
        super().__init__()
        self._settings_file = settings
        self.settings = settings.read()
        self.theme = theme
        self.rail = Rail(theme)
        self.library = LibraryPanel(theme)
        self.header = Header()
        self.messages = MessageBar()
        self.status = StatusLine()
        self._was_shown = False
        self._ground = QWidget()
        self._stage = QStackedWidget()
        self._pages: dict[str, Page] = {}
        self._actions: list[Action] = []
        self.may_close: Callable[[], bool] = always
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self.rail.chosen.connect(self.show_page)
        self.setWindowTitle("sslstudio")
        self.setWindowIcon(mark_icon())
        self.setMinimumSize(*MINIMUM_SIZE)
        self.commands = CommandPalette(self, theme, self.all_actions)
        self.status.commands_asked.connect(self.commands.open)
        self._add_foot()
        self.add_actions(self._own_actions())
        self._restore()

    def add_page(self, key: str, page: Page) -> None:
        """Put a page behind its workspace's button, in the place of a former one."""
        former = self._pages.get(key)
        was_shown = former is not None and former is self._stage.currentWidget()
        self._pages[key] = page
        self._stage.addWidget(page)
        page.set_inspector_width(self.settings.inspector_width)
        page.header_changed.connect(partial(self._header_changed, page))
        self.add_actions(page.actions_offered(), page)
        if was_shown:
            self.show_page(key)
        if former is not None:
            self._stage.removeWidget(former)
            former.deleteLater()

    def page(self, key: str) -> Page:
        """Return the page of a workspace."""
        return self._pages[key]

    def current_page(self) -> str:
        """Return the key of the workspace that is shown; empty without pages."""
        shown = self._stage.currentWidget()
        return next((key for key, page in self._pages.items() if page is shown), "")

    def show_page(self, key: str) -> None:
        """Show a workspace's page; one that is not there yet is passed over."""
        self.rail.set_current(key if key in self._pages else self.current_page() or key)
        if key not in self._pages:
            return
        page = self._pages[key]
        page.set_inspector_width(self._inspector_width())
        self._stage.setCurrentWidget(page)
        self._header_changed(page)
        page.activated()
        self.page_changed.emit(key)

    def set_header(self, title: str, chips: Sequence[str], buttons: Sequence[QWidget]) -> None:
        """Show what is open, its state and its buttons."""
        self.header.set_content(title, chips, buttons)
        self.setWindowTitle(f"{title} - sslstudio" if title else "sslstudio")

    def set_status(self, device: str, memory: str, data: str) -> None:
        """Show where the work runs and on what."""
        self.status.set_content(device, memory, data)

    def add_actions(self, actions: Sequence[Action], owner: QWidget | None = None) -> None:
        """Offer actions in the palette and by key; an owner's keys work while it is shown."""
        self._actions.extend(actions)
        install_shortcuts(owner or self, actions)

    def all_actions(self) -> tuple[Action, ...]:
        """Return everything that can be done in the window."""
        return tuple(self._actions)

    def toggle_library(self) -> None:
        """Hide the run library, or show it again."""
        self.library.setVisible(self.library.isHidden())

    def showEvent(self, event: QShowEvent) -> None:
        """Give the library its width, which needs the window's own."""
        super().showEvent(event)
        if self._was_shown:
            return
        self._was_shown = True
        for layout in (self.layout(), self._ground.layout()):
            if layout is not None:
                layout.activate()
        # Nothing is marked until the keyboard moves the focus on.
        self._ground.setFocus()
        width = self.settings.library_width
        self._splitter.setSizes([width, self._splitter.width() - HANDLE_PX - width])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window's shape, unless something keeps the window open."""
        if not self.may_close():
            event.ignore()
            return
        self.closing.emit()
        self.settings = self._present_settings()
        self._settings_file.write(self.settings)
        super().closeEvent(event)

    def _header_changed(self, page: Page) -> None:
        if page is self._stage.currentWidget():
            self.set_header(page.title(), page.chips(), page.header_buttons())

    def _own_actions(self) -> list[Action]:
        pages = [
            Action(
                f"go.{workspace.key}",
                f"Go to {workspace.title}",
                str(number),
                partial(self.show_page, workspace.key),
                keywords=workspace.help,
            )
            for number, workspace in enumerate(WORKSPACES, start=1)
        ]
        modes = [
            Action(f"theme.{mode}", title, "", partial(self.theme.set_mode, mode), keywords="theme")
            for mode, title in MODES
        ]
        commands = Action("commands", "Find a command", "Ctrl+K", self.commands.open)
        explain = Action("explain", "Explain the focused control", "F1", explain_focus)
        library = Action(
            "library.toggle", "Show or hide the run library", "Ctrl+B", self.toggle_library
        )
        return [*pages, library, *modes, explain, commands]

    def _add_foot(self) -> None:
        library = self.rail.add_foot(
            "library", "Show or hide the run library  (Ctrl+B)", self.theme
        )
        library.clicked.connect(self.toggle_library)
        self._theme_button = self.rail.add_foot("theme", "Light or dark colours", self.theme)
        self._theme_button.clicked.connect(self._show_modes)

    def _show_modes(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for mode, title in MODES:
            action = menu.addAction(title, partial(self.theme.set_mode, mode))
            action.setCheckable(True)
            action.setChecked(mode == self.theme.mode)
        button = self._theme_button
        menu.popup(button.mapToGlobal(QPoint(button.width(), -menu.sizeHint().height() // 2)))

    def _present_settings(self) -> WindowSettings:
        key = self.current_page()
        shown = not self.library.isHidden()
        return replace(
            self.settings,
            mode=self.theme.mode,
            geometry=bytes(self.saveGeometry().data()),
            library_shown=shown,
            library_width=self._splitter.sizes()[0] if shown else self.settings.library_width,
            inspector_width=self._inspector_width(),
            page=key or self.settings.page,
        )

    def _inspector_width(self) -> int:
        page = self._pages.get(self.current_page())
        return (page.inspector_width() if page else 0) or self.settings.inspector_width

    def _restore(self) -> None:
        self.resize(*START_SIZE)
        if self.settings.geometry:
            self.restoreGeometry(QByteArray(self.settings.geometry))
        self.library.setVisible(self.settings.library_shown)

    def _lay_out(self) -> None:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(SplitLine())
        column.addWidget(self.messages)
        column.addWidget(self._stage, 1)
        column.addWidget(SplitLine())
        column.addWidget(self.status)
        self.library.setMinimumWidth(LIBRARY_LIMITS[0])
        self.library.setMaximumWidth(LIBRARY_LIMITS[1])
        self._splitter.setProperty("side", "left")
        self._splitter.setHandleWidth(HANDLE_PX - 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.library)
        self._splitter.addWidget(right)
        self._splitter.setStretchFactor(1, 1)
        self._ground.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        row = QHBoxLayout(self._ground)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(SplitLine("vertical"))
        row.addWidget(self._splitter, 1)
        self.setCentralWidget(self._ground)
