"""The hand that carries an operation over the canvas, with lights, insertion bar and words."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF

from sslstudio.domain.pipelines import operation_at
from sslstudio.domain.recipe import Recipe
from sslstudio.gui.design.acts import Outcome, spot_of, word_of
from sslstudio.gui.design.carrying import (
    NOT_A_VIEW,
    Carry,
    Landing,
    dropped,
    landing,
    welcoming,
)
from sslstudio.gui.design.figure import Pill
from sslstudio.gui.design.pieces import PillPiece
from sslstudio.gui.design.scene import FigureScene
from sslstudio.gui.design.source import Choices

NOWHERE = Landing(None)
BESIDE = QPointF(8, 6)
"""From the pointer to what it carries, which must not hide the insertion bar."""


class Hand:
    """Holds at most one operation, from the press of the button to the drop."""

    def __init__(self, scene: FigureScene) -> None:
        self._scene = scene
        self._touched: tuple[PillPiece, QPointF] | None = None
        self._carry: Carry | None = None
        self._landing = NOWHERE
        self._shadow: PillPiece | None = None

    @property
    def carries(self) -> bool:
        """True from the moment when a pill has left its place."""
        return self._carry is not None

    def touch(self, pill: PillPiece, at: QPointF) -> None:
        """Remember where the button went down on a pill."""
        self._touched = (pill, at)

    def moved_enough(self, at: QPointF, distance: int) -> bool:
        """Return whether the pointer has moved so far that a drag is meant."""
        if self._touched is None or self.carries:
            return False
        return (at - self._touched[1]).manhattanLength() >= distance

    def pick_up(self, recipe: Recipe, choices: Choices) -> None:
        """Take the touched pill out of its card."""
        if self._touched is None:
            return
        pill = self._touched[0]
        spot = spot_of(recipe, pill.path)
        card = next(card for card in self._scene.cards() if pill.pill in card.card.pills)
        if spot is not None:
            part, word = operation_at(recipe, spot), word_of(recipe, spot, choices)
            self.take(Carry(part=part, word=word, source=spot, card=card.key))
            pill.setOpacity(0.35)
            self._cast_shadow(word, pill.rect)

    def take(self, carry: Carry) -> None:
        """Take an operation into the hand."""
        self._carry = carry
        self._landing = NOWHERE

    def light(self, recipe: Recipe) -> None:
        """Light the cards that have a place for what is carried."""
        if self._carry is not None:
            open_ones = welcoming(recipe, self._carry)
            cards = self._scene.cards()
            self._scene.show_light(card.key for card in cards if card.card.pipeline in open_ones)

    def carry_to(self, recipe: Recipe, at: QPointF, *, copies: bool) -> Landing:
        """Move the hand; show where a drop would go, or why it would not."""
        if self._carry is None:
            return NOWHERE
        self._carry = replace(self._carry, copies=copies and self._carry.source is not None)
        self.light(recipe)
        self._landing = self._landing_at(recipe, self._carry, at)
        card = self._scene.card_at(at)
        if self._landing.spot is not None and card is not None:
            self._scene.show_insertion(card, self._landing.spot)
        else:
            self._scene.insertion.hide()
        self._scene.say(self._landing.reason, at)
        if self._shadow is not None:
            self._shadow.setPos(at + BESIDE)
        return self._landing

    def drop(self, recipe: Recipe) -> Outcome | None:
        """Return the recipe after the drop; None where there is no place for it."""
        carry, spot, reason = self._carry, self._landing.spot, self._landing.reason
        self.let_go(keep_words=bool(reason))
        if carry is None or spot is None:
            return None
        after, label, stands = dropped(recipe, carry, spot)
        return Outcome(after, label, stands.path)

    def let_go(self, *, keep_words: bool = False) -> None:
        """Carry nothing any more and put the lights out."""
        if self._touched is not None:
            self._touched[0].setOpacity(1.0)
        if self._shadow is not None:
            self._scene.removeItem(self._shadow)
        if self.carries:
            self._scene.show_light(())
            self._scene.insertion.hide()
            if not keep_words:
                self._scene.say("", QPointF())
        self._touched = self._carry = self._shadow = None
        self._landing = NOWHERE

    def _landing_at(self, recipe: Recipe, carry: Carry, at: QPointF) -> Landing:
        card = self._scene.card_at(at)
        if card is None:
            over_block = self._scene.piece_at(at) is not None
            return Landing(None, NOT_A_VIEW if over_block else "")
        exact = isinstance(self._scene.piece_at(at), PillPiece)
        return landing(recipe, carry, card.key, self._scene.spot_at(card, at), exact=exact)

    def _cast_shadow(self, word: str, rect: QRectF) -> None:
        shadow = PillPiece(Pill(key="carried", path="", text=word), rect, self._scene.tokens)
        shadow.show_look(replace(shadow.look, chosen=True))
        shadow.setOpacity(0.9)
        shadow.setZValue(4)
        self._scene.addItem(shadow)
        self._shadow = shadow
