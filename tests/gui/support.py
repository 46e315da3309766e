"""What any page's tests may ask about a tree of widgets."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
OWN_PARTS = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView)


def interactive_widgets(root: QWidget) -> list[QWidget]:
    """Return what a person can click, move or type into, without Qt's own inner parts."""
    return [
        widget
        for widget in [root, *root.findChildren(QWidget)]
        if isinstance(widget, INTERACTIVE)
        and not isinstance(widget, QScrollBar)
        and not _is_inner(widget, root)
    ]


def unexplained(root: QWidget) -> list[str]:
    """Return each interactive widget that a screen reader or a tooltip cannot explain."""
    faults = []
    for widget in interactive_widgets(root):
        missing = [
            name
            for name, text in (
                ("accessible name", widget.accessibleName()),
                ("tooltip", widget.toolTip()),
            )
            if not text.strip()
        ]
        if missing:
            faults.append(f"{type(widget).__name__} {widget.objectName()!r}: {', '.join(missing)}")
    return faults


def doubled_shortcuts(root: QWidget) -> list[str]:
    """Return each shortcut that more than one action or button of the tree claims."""
    from PySide6.QtGui import QAction

    keys = [
        action.shortcut().toString()
        for action in root.findChildren(QAction)
        if not action.shortcut().isEmpty()
    ]
    keys += [
        button.shortcut().toString()
        for button in root.findChildren(QAbstractButton)
        if not button.shortcut().isEmpty()
    ]
    return sorted({key for key in keys if keys.count(key) > 1})


def _is_inner(widget: QWidget, root: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and widget is not root:
        if isinstance(above, OWN_PARTS) or above.objectName().startswith("qt_"):
            return True
        if above is root:
            return False
        above = above.parentWidget()
    return False
