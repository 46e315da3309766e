"""How well typed letters fit a title, for the command palette."""

from __future__ import annotations

START_OF_WORD = 8.0
IN_A_ROW = 8.0
ANYWHERE = 1.0
# Letters strewn over a long title are hardly ever what was meant.
GAP_COST = 0.15


def fit(query: str, title: str, keywords: str = "") -> float | None:
    """Return how well a query fits; None if its letters do not all occur, in this order."""
    letters = query.casefold().replace(" ", "")
    if not letters:
        return 0.0
    score = _fit_letters(letters, title.casefold())
    other = _fit_words(query.casefold(), keywords.casefold())
    return max((value for value in (score, other) if value is not None), default=None)


def _fit_letters(letters: str, text: str) -> float | None:
    score, place = 0.0, -1
    for letter in letters:
        found = _next(letter, text, place)
        if found < 0:
            return None
        if found == place + 1 and place >= 0:
            score += IN_A_ROW
        elif found == 0 or not text[found - 1].isalnum():
            score += START_OF_WORD
        else:
            score += ANYWHERE
        score -= GAP_COST * (found - place - 1)
        place = found
    return max(score, 0.0)


def _next(letter: str, text: str, place: int) -> int:
    """Return the letter's next place: right after the last one, at a word's start, or anywhere."""
    if text[place + 1 : place + 2] == letter:
        return place + 1
    for start in range(place + 1, len(text)):
        if text[start] == letter and (start == 0 or not text[start - 1].isalnum()):
            return start
    return text.find(letter, place + 1)


def _fit_words(query: str, keywords: str) -> float | None:
    words = keywords.split()
    if query and all(any(k.startswith(part) for k in words) for part in query.split()):
        return ANYWHERE * len(query)
    return None
