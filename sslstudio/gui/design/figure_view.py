"""The open recipe's figure on the screen, with what is chosen and what is wrong marked in it."""

from __future__ import annotations

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design.drawing import draw_figure
from sslstudio.gui.design.figure import Figure
from sslstudio.gui.design.pieces import Piece
from sslstudio.gui.design.scene import FigureScene
from sslstudio.gui.design.signposts import severities, tooltip
from sslstudio.gui.design.source import NO_ESTIMATE, Choices, Estimate
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.theme import Theme
from sslstudio.gui.tokens import Tokens


class FigureView(QGraphicsView):
    """Follows the document, the theme and its own size.

    Signals:
        redrawing: all pieces are about to go; whoever holds some must forget them.
    """

    redrawing = Signal()

    def __init__(
        self,
        document: RecipeDocument,
        choices: Choices,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.choices = document, choices
        self.figure_scene = FigureScene(theme.tokens)
        self._theme = theme
        self._estimate = NO_ESTIMATE
        self._drawn: tuple[Figure, QSizeF, Tokens] | None = None
        self._path, self._focused = "", ""
        self._prepare()
        document.changed.connect(self._recipe_changed)
        document.problems_changed.connect(self._mark_problems)
        theme.changed.connect(self._theme_changed)
        self._theme_changed(theme.tokens)

    def choose(self, path: str) -> None:
        """Mark the part at a path as the chosen one, without telling anybody."""
        self._path, self._focused = path, ""
        self.mark_choice()

    def set_estimate(self, estimate: Estimate) -> None:
        """Show what is known about shapes, parameters and times."""
        self._estimate = estimate
        self.redraw()

    def drawn_paths(self) -> set[str]:
        """Return the paths of everything that can be chosen on the canvas."""
        return {piece.path for piece in self.figure_scene.pieces.values()}

    def piece(self, key: str) -> Piece:
        """Return a piece by its key."""
        return self.figure_scene.pieces[key]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the figure out for the new size."""
        super().resizeEvent(event)
        self.redraw()

    def redraw(self) -> None:
        """Draw the figure anew if it, its stage or its colours differ from what is shown."""
        figure = draw_figure(self.document.recipe, self.choices, self._estimate)
        wanted = (figure, QSizeF(self.viewport().size()), self._theme.tokens)
        if wanted != self._drawn:
            self.redrawing.emit()
            self._drawn = wanted
            self.figure_scene.show_figure(*wanted)
            self._allow_sideways(wider=self.sceneRect().width() > self.viewport().width())
        self._mark_problems()
        self.mark_choice()

    def mark_choice(self) -> None:
        """Show what is chosen and, while the canvas has the keyboard, where that is."""
        self.figure_scene.show_choice(self._path, self._focused if self.hasFocus() else "")

    def key_of_path(self) -> str:
        """Return the key of the first piece that stands for the chosen path."""
        pieces = self.figure_scene.pieces.values()
        return next((p.key for p in pieces if self._path and p.path == self._path), "")

    def _prepare(self) -> None:
        self.setScene(self.figure_scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setMinimumSize(320, 240)

    def _allow_sideways(self, *, wider: bool) -> None:
        # Qt reckons with a scroll bar of another width than the style sheet's, and would show one
        # below every figure that is only too high.
        policies = Qt.ScrollBarPolicy
        self.setHorizontalScrollBarPolicy(
            policies.ScrollBarAsNeeded if wider else policies.ScrollBarAlwaysOff
        )

    def _theme_changed(self, tokens: Tokens) -> None:
        self.setBackgroundBrush(QColor(tokens.stage))
        self.redraw()

    def _recipe_changed(self, _old: Recipe, _new: Recipe) -> None:
        self.redraw()

    def _mark_problems(self) -> None:
        recipe, problems = self.document.recipe, self.document.problems
        pieces = self.figure_scene.pieces.values()
        self.figure_scene.show_severities(severities([p.path for p in pieces], problems))
        for piece in pieces:
            if piece.path:
                piece.setToolTip(tooltip(recipe, piece.path, problems, self.choices))
