"""The list of presets, searched by typing, with all there is to know about the marked one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize

from sslstudio.gui.design.chooser import Chooser, Option
from sslstudio.gui.design.find_list import Find
from sslstudio.gui.design.finder import Finder
from sslstudio.gui.design.preset_card import PresetCardView
from sslstudio.gui.design.source import PresetCard
from sslstudio.gui.theme import Theme
from sslstudio.gui.widgets.panel import scrolling

SIZE = QSize(640, 520)
SIDE = 300


class PresetChooser(Chooser):
    """A closed list that opens as a search over all presets, by family."""

    def __init__(self, presets: Sequence[PresetCard], theme: Theme) -> None:
        super().__init__("Preset")
        self.setObjectName("design.preset")
        self._presets = {preset.id: preset for preset in presets}
        self.finder = Finder("Presets", theme)
        self.card = PresetCardView(folded=False)
        self.finder.add_side(scrolling(self.card), SIDE)
        self.finder.set_finds([_find(preset) for preset in presets])
        self.finder.picked.connect(self.picked)
        self.finder.marked.connect(self._show_card)

    def show_preset(self, current: str) -> None:
        """Show which preset the recipe began with."""
        self.show_options([_option(preset) for preset in self._presets.values()], current)

    def showPopup(self) -> None:
        """Open the search with the present preset marked."""
        current = self.values[self.currentIndex()] if self.currentIndex() >= 0 else ""
        self.finder.open_below(self, SIZE, current)

    def hidePopup(self) -> None:
        """Close the search."""
        if self.finder.isVisible():
            self.finder.close_finder()
        super().hidePopup()

    def _show_card(self, preset_id: str) -> None:
        if preset_id in self._presets:
            self.card.show_card(self._presets[preset_id])


def _find(preset: PresetCard) -> Find:
    first = preset.explanation.split(". ")[0].rstrip(".")
    note = " · ".join(text for text in (preset.citation, first) if text)
    return Find(
        value=preset.id,
        title=preset.title,
        group=preset.family[:1].upper() + preset.family[1:],
        note=note,
        keywords=f"{preset.explanation} {preset.expect}",
    )


def _option(preset: PresetCard) -> Option:
    meaning = (preset.family, preset.explanation, preset.citation)
    return Option(preset.id, preset.title, "\n".join(text for text in meaning if text))
