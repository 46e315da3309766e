"""The style sheet and the palette of the window, generated from the tokens."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QPalette

from sslstudio.gui.tokens import BOLD, CONTROL_HEIGHT, RADIUS, REGULAR, TYPE, Tokens

_TEXT = Template("""
QLabel { background: transparent; }
*[role="display"] { font-size: ${title}px; font-weight: ${bold}; }
*[role="title"] { font-size: ${large}px; font-weight: ${bold}; }
*[role="strong"] { font-weight: ${bold}; }
*[role="section"] { font-size: ${small}px; font-weight: ${bold}; color: $muted; }
*[role="muted"] { color: $muted; }
*[role="small"] { font-size: ${small}px; color: $muted; }
*[role="number"] { font-size: ${large}px; font-weight: ${bold}; }
*[role="value"] { color: $muted; }
*[role="alarm"] { color: $alarm; }
QLabel[chip="true"] { background: $soft; color: $muted; font-size: ${small}px;
    border-radius: 12px; padding: 0 8px; min-height: 24px; max-height: 24px; }
QLabel[chip="true"][tone="accent"] { color: $accent; }
QFrame[dot="neutral"] { background: $muted; border-radius: 4px; }
QFrame[dot="accent"] { background: $accent; border-radius: 4px; }
QFrame[dot="ok"] { background: $ok; border-radius: 4px; }
QFrame[dot="warn"] { background: $warn; border-radius: 4px; }
QFrame[dot="alarm"] { background: $alarm; border-radius: 4px; }
QToolTip { background: $panel; color: $text; border: 1px solid $line; padding: 4px 8px;
    font-size: ${small}px; }
""")

_BUTTONS = Template("""
QPushButton { background: $panel; color: $text; border: 1px solid $line; border-radius: ${radius}px;
    padding: 0 12px; min-height: ${inner}px; max-height: ${inner}px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $accent_soft; border-color: $accent; }
QPushButton:disabled { color: $muted; background: $soft; border-color: $soft; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px;
    min-height: ${inner2}px; max-height: ${inner2}px; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[kind="primary"]:hover { background: $accent_strong; border-color: $accent_strong; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $soft; color: $muted; border-color: $soft; }
QPushButton[kind="danger"] { color: $alarm; }
QPushButton[kind="danger"]:hover { background: $alarm; color: $on_alarm; border-color: $alarm; }
QPushButton[kind="danger"]:disabled { color: $muted; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; color: $accent;
    font-weight: ${bold}; padding: 0 4px; }
QPushButton[kind="quiet"]:hover { background: $accent_soft; border-color: $accent_soft; }
QPushButton[kind="quiet"]:focus { border: 2px solid $accent; padding: 0 3px; }
QPushButton[kind="quiet"]:disabled { color: $muted; }
QPushButton[kind="icon"] { background: transparent; border-color: transparent; color: $muted;
    padding: 0; }
QPushButton[kind="icon"]:hover { background: $hover; color: $text; }
QPushButton[kind="icon"]:focus { border: 2px solid $accent; padding: 0; }
QPushButton[kind="link"] { background: transparent; border: none; color: $accent; padding: 0;
    font-weight: ${bold}; min-height: 20px; max-height: 20px; text-align: left; }
QPushButton[plain="true"] { color: $muted; font-size: ${small}px; font-weight: ${regular}; }
QFrame[segmented="true"] { background: $soft; border: none; border-radius: ${radius}px; }
QPushButton[segment="true"] { background: transparent; border: 1px solid transparent;
    border-radius: 6px; padding: 0 6px; min-height: 22px; max-height: 22px; color: $muted; }
QPushButton[segment="true"]:checked { background: $panel; border-color: $line; color: $text; }
QPushButton[segment="true"]:focus { border: 2px solid $accent; padding: 0 5px;
    min-height: 20px; max-height: 20px; }
QPushButton[segment="true"]:disabled { color: $muted; }
QPushButton[kind="link"]:hover, QPushButton[kind="link"]:focus { text-decoration: underline; }
QToolButton { background: transparent; border: 1px solid transparent;
    border-radius: ${radius}px; padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:checked { background: $accent_soft; color: $accent; }
QToolButton:focus { border-color: $accent; }
QCheckBox, QRadioButton { spacing: 8px; min-height: 22px; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator { width: 8px; height: 8px; padding: 2px; border: 1px solid $muted;
    border-radius: 3px; background: transparent; background-clip: content; }
QCheckBox::indicator:checked { background: $accent; background-clip: content;
    border-color: $accent; border-radius: 2px; }
QCheckBox[strong="true"], QRadioButton[strong="true"] { font-weight: ${bold}; }
QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid $muted;
    border-radius: 7px; background: transparent; }
QRadioButton::indicator:checked { width: 6px; height: 6px; border: 4px solid $accent; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
""")

_FIELDS = Template("""
QLineEdit, QComboBox, QAbstractSpinBox { background: $panel; color: $text;
    border: 1px solid $line; border-radius: ${radius}px; padding: 0 10px;
    min-height: ${inner}px; max-height: ${inner}px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit { placeholder-text-color: $muted; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border: 2px solid $accent;
    padding: 0 9px; min-height: ${inner2}px; max-height: ${inner2}px; }
QLineEdit:disabled, QComboBox:disabled { color: $muted; background: $soft; }
QLineEdit[bare="true"] { padding: 0 4px; min-height: 16px; max-height: 16px; border-radius: 4px; }
QComboBox { combobox-popup: 0; padding-left: 12px; padding-right: 24px; }
QComboBox:focus { padding-left: 11px; padding-right: 23px; }
QComboBox::drop-down { width: 24px; border: none; }
QComboBox::down-arrow { width: 0; height: 0; border-left: 4px solid $panel;
    border-right: 4px solid $panel; border-top: 5px solid $muted; margin-right: 8px; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right;
    width: 20px; border: none; margin: 2px 4px 0 0; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right;
    width: 20px; border: none; margin: 0 4px 2px 0; }
QAbstractSpinBox::up-arrow { width: 0; height: 0; border-left: 4px solid $panel;
    border-right: 4px solid $panel; border-bottom: 5px solid $muted; }
QAbstractSpinBox::down-arrow { width: 0; height: 0; border-left: 4px solid $panel;
    border-right: 4px solid $panel; border-top: 5px solid $muted; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text; outline: none; }
QTextEdit, QPlainTextEdit { background: $panel; border: 1px solid $line;
    border-radius: ${radius}px; padding: 4px; }
QPlainTextEdit[code="true"] { background: $soft; border-color: $soft; }
QTextEdit:focus, QPlainTextEdit:focus { border: 2px solid $accent; padding: 3px; }
QSlider:horizontal { min-height: 14px; max-height: 14px; }
QSlider::groove:horizontal { height: 4px; background: $groove; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $panel; border: 2px solid $accent; width: 10px;
    height: 10px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal:hover { background: $accent_soft; }
QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $muted; }
QSlider::handle:horizontal:disabled { border-color: $muted; }
QRangeSlider { qproperty-barColor: $accent; }
QProgressBar { background: $groove; border: none; border-radius: 3px; min-height: 6px;
    max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
""")

_FRAME = Template("""
QMainWindow, QDialog { background: $background; }
QFrame[panel="flat"] { background: $panel; border: none; }
QFrame[panel="card"] { background: $panel; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[panel="card"][choice="true"]:hover { border-color: $muted; }
QFrame[panel="card"][chosen="true"], QFrame[panel="card"][chosen="true"]:hover {
    background: $accent_soft; border-color: $accent; }
QFrame[drop="true"] { background: transparent; border: 2px dashed $scroll; border-radius: 10px; }
QFrame[drop="true"][over="true"] { background: $accent_soft; border-color: $accent; }
QFrame[panel="ground"] { background: $background; border: none; }
QFrame[panel="stage"] { background: $stage; border: none; }
QFrame[panel="over"] { background: $panel; border: 1px solid $line; border-radius: 10px; }
QFrame[line="horizontal"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[line="vertical"] { background: $line; border: none; max-width: 1px; min-width: 1px; }
QFrame[banner] { background: $soft; border: none; border-left: 3px solid $muted;
    border-top-right-radius: ${radius}px; border-bottom-right-radius: ${radius}px; }
QFrame[banner="note"] { border-left-color: $accent; }
QFrame[banner="ok"] { border-left-color: $ok; }
QFrame[banner="warning"] { border-left-color: $warn; }
QFrame[banner="error"] { border-left-color: $alarm; }
QFrame[message] { background: $panel; border: none; border-left: 3px solid $accent;
    border-bottom: 1px solid $line; }
QFrame[message="error"] { border-left-color: $alarm; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QSplitter::handle { background: $line; }
QSplitter[side="left"]::handle { background: $panel; border-right: 1px solid $line; }
QSplitter[side="right"]::handle { background: $panel; border-left: 1px solid $line; }
QSplitter[side]::handle:hover { border-color: $accent; }
QAbstractItemView { background: $panel; border: none; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; }
QHeaderView::section { background: $panel; color: $muted; border: none;
    border-bottom: 1px solid $line; padding: 4px 8px; font-size: ${small}px;
    font-weight: ${bold}; }
QLineEdit[command="true"], QLineEdit[command="true"]:focus { border: none; padding: 0 4px;
    font-size: ${large}px; min-height: 32px; max-height: 32px; }
QMenu { background: $panel; color: $text; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 4px 16px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QTabBar::tab { color: $muted; padding: 4px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $accent; border-bottom-color: $accent; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
""")


def style_sheet(tokens: Tokens) -> str:
    """Return the style sheet of a theme."""
    values = {
        name: getattr(tokens, name)
        for name in (
            *("background", "panel", "line", "text", "muted", "accent", "accent_soft"),
            *("accent_strong", "ok", "warn", "alarm", "soft", "stage", "hover", "groove"),
            *("scroll", "on_accent", "on_alarm"),
        )
    }
    sizes = {
        **TYPE,
        "bold": BOLD,
        "regular": REGULAR,
        "radius": RADIUS,
        "inner": CONTROL_HEIGHT - 2,
        "inner2": CONTROL_HEIGHT - 4,
    }
    parts = (_TEXT, _BUTTONS, _FIELDS, _FRAME)
    return "".join(part.substitute(values, **sizes) for part in parts)


def palette(tokens: Tokens) -> QPalette:
    """Return the palette of a theme, for whatever the style sheet does not reach."""
    roles = QPalette.ColorRole
    result = QPalette()
    for role, colour in (
        (roles.Window, tokens.background),
        (roles.WindowText, tokens.text),
        (roles.Base, tokens.panel),
        (roles.AlternateBase, tokens.soft),
        (roles.Text, tokens.text),
        (roles.PlaceholderText, tokens.muted),
        (roles.Button, tokens.panel),
        (roles.ButtonText, tokens.text),
        (roles.BrightText, tokens.on_accent),
        (roles.ToolTipBase, tokens.panel),
        (roles.ToolTipText, tokens.text),
        (roles.Highlight, tokens.accent),
        (roles.HighlightedText, tokens.on_accent),
        (roles.Accent, tokens.accent),
        (roles.Link, tokens.accent),
        (roles.LinkVisited, tokens.accent),
        (roles.Light, tokens.panel),
        (roles.Midlight, tokens.soft),
        (roles.Mid, tokens.line),
        (roles.Dark, tokens.muted),
        (roles.Shadow, tokens.line),
    ):
        result.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.muted))
    return result
