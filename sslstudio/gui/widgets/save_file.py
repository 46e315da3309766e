"""Asks where a new file goes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget


def ask_file(parent: QWidget, title: str, suggested: str, kind: str, suffix: str) -> Path | None:
    """Return the chosen file, or None; a name without an ending takes `suffix` (no dot).

    `kind` says what such files are: `Tables`. What already exists is asked about.
    """
    dialog = QFileDialog(parent, title, suggested, f"{kind} (*.{suffix})")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    try:
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return None
        return Path(dialog.selectedFiles()[0])
    finally:
        dialog.deleteLater()
