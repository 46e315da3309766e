"""Parts that a recipe holds in a row, such as its monitors: each can be opened, removed, added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from sslstudio.catalog.entry import Entry
from sslstudio.domain.spec import Spec
from sslstudio.gui.design.chooser import Chooser, kind_options
from sslstudio.gui.design.link_row import LinkRow
from sslstudio.gui.design.words import brief, summary_of, title_of
from sslstudio.gui.widgets.button import Button, icon_button
from sslstudio.gui.widgets.text import text_label


class RowSection(QWidget):
    """A heading, a line for each part, and a list of what can be added.

    Signals:
        chosen: the path of a part that the user wants to see.
        remove_asked: the path of a part that the user wants to be rid of.
        add_asked: the path of the row, and the kind to add at its end.
    """

    chosen = Signal(str)
    remove_asked = Signal(str)
    add_asked = Signal(str, str)

    def __init__(self, heading: str, word: str, *, once: bool) -> None:
        super().__init__()
        self.path = ""
        self._word, self._once = word, once
        self._lines: list[QWidget] = []
        self._shown: tuple[str, Sequence[Spec]] = ("", ())
        self.add = Chooser(f"Add a {word}")
        self.add.picked.connect(lambda kind: self.add_asked.emit(self.path, kind))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        if heading:
            self._column.addWidget(text_label(heading, "section"))
        self._column.addWidget(self.add)

    @property
    def rows(self) -> list[LinkRow]:
        """The lines of the parts."""
        return [row for line in self._lines for row in line.findChildren(LinkRow)]

    def show_row(self, path: str, parts: Sequence[Spec], entries: Mapping[str, Entry]) -> None:
        """Show the parts of a row; kinds that stand in it already are not offered again."""
        if (path, parts) == self._shown:
            return
        self.path, self._shown = path, (path, parts)
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [
            self._line(f"{path}.{number}", part, entries) for number, part in enumerate(parts)
        ]
        before_add = self._column.count() - 1
        for number, line in enumerate(self._lines):
            self._column.insertWidget(before_add + number, line)
        present = {part.kind for part in parts} if self._once else set()
        offered = [entry for kind, entry in entries.items() if kind not in present]
        self.add.setPlaceholderText(f"Add a {self._word}")
        self.add.show_options(kind_options(offered), "")
        self.add.setVisible(bool(offered))

    def _line(self, path: str, part: Spec, entries: Mapping[str, Entry]) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        title = title_of(part, entries)
        words = summary_of(part, entries) if self._once else brief(part, entries)
        link = LinkRow(title, words, tooltip=f"{summary_of(part, entries)}\nClick to open it.")
        link.clicked.connect(partial(self.chosen.emit, path))
        remove: Button = icon_button("ph.x", f"Remove {title}")
        remove.clicked.connect(partial(self.remove_asked.emit, path))
        row.addWidget(link, 1)
        row.addWidget(remove)
        return line
