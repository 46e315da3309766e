"""Scores of the library's runs for the Evaluate page, kept in each run's notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sslstudio.domain.sweep import value_words
from sslstudio.gui.evaluate.source import (
    EvaluationRow,
    Measure,
    Progress,
    ProtocolChoice,
    RunChoice,
)
from sslstudio.gui.evaluate.sweep_plots import SweepCourse, SweepPoint
from sslstudio.gui.studio.bench import Equipment
from sslstudio.services.datasets import open_images
from sslstudio.services.encoders import from_run
from sslstudio.services.evaluation import Evaluation, Protocol, Score, evaluate
from sslstudio.services.places import cache_folder
from sslstudio.services.runs.library import AT, RunCard

PROTOCOLS: dict[Protocol, ProtocolChoice] = {
    "knn": ProtocolChoice(
        "knn", "kNN", "The 20 nearest training images vote, weighted by cosine; nothing is trained."
    ),
    "linear": ProtocolChoice(
        "linear", "Linear probe", "Logistic regression on the frozen representation."
    ),
}
BASELINES = {"random_encoder": "Untrained", "raw_pixels": "Pixels", "pca": "PCA of the pixels"}


class EvaluationServices:
    """Implements the Evaluate page's source over the run library."""

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment

    def protocols(self) -> Sequence[ProtocolChoice]:
        """Return the protocols that can be chosen, the default one first."""
        return list(PROTOCOLS.values())

    def runs(self) -> Sequence[RunChoice]:
        """Return the runs that have an encoder to evaluate, newest first."""
        return [
            RunChoice(encoder.id, encoder.name, card.source, encoder.note)
            for card in self.equipment.library.cards()
            for encoder in card.encoders
        ]

    def results(self) -> Sequence[EvaluationRow]:
        """Return what was measured before, from the runs' notes."""
        rows: list[EvaluationRow] = []
        for card in self.equipment.library.cards():
            notes = self.equipment.library.find(card.id).notes() if card.encoders else {}
            for key, content in notes.get("evaluations", {}).items():
                protocol, at, step = key.partition(AT)
                if protocol in PROTOCOLS:
                    rows.extend(_rows(card, f"{card.id}{at}{step}", protocol, content))
        return rows

    def sweeps(self) -> Sequence[SweepCourse]:
        """Return the sweeps among the runs with their last readings, newest first."""
        courses: dict[str, list[RunCard]] = {}
        for card in self.equipment.library.cards():
            if card.sweep is not None and not card.problem:
                courses.setdefault(card.sweep.sweep, []).append(card)
        return [_course(sweep, cards) for sweep, cards in courses.items()]

    def evaluate(
        self, run_id: str, protocol: str, progress: Progress, cancelled: Callable[[], bool]
    ) -> Sequence[EvaluationRow]:
        """Return the encoder's row and its baselines, and keep them in the run's notes."""
        chosen: Protocol = "linear" if protocol == "linear" else "knn"
        library = self.equipment.library
        folder, step = library.find_encoder(run_id)
        trained = from_run(folder, self.equipment.catalog, step=step)
        images = open_images(
            trained.recipe.data,
            progress=lambda done, total: progress(done / max(1, total) / 4, "Reading images"),
            cancelled=cancelled,
            cache=cache_folder(),
        )
        result = evaluate(
            trained,
            images,
            self.equipment.catalog,
            chosen,
            report=lambda done, total, words: progress(0.25 + 0.75 * done / total, words),
            cancelled=cancelled,
        )
        content = _content(result, trained.step)
        notes = folder.notes()
        key = chosen if step is None else f"{chosen}{AT}{step}"
        kept = {**notes.get("evaluations", {}), key: content}
        folder.write_notes({**notes, "evaluations": kept})
        return _rows(library.card(folder), run_id, chosen, content)


def _course(sweep: str, cards: Sequence[RunCard]) -> SweepCourse:
    placed = [(card.sweep, card) for card in cards if card.sweep is not None]
    placed.sort(key=lambda pair: pair[0].position)
    points = tuple(
        SweepPoint(card.id, _number(place.value), value_words(place.value), card.summary.readings)
        for place, card in placed
    )
    return SweepCourse(sweep, placed[0][0].label, points)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _content(result: Evaluation, step: int) -> dict[str, Any]:
    return {**asdict(result), "step": step}


def _rows(
    card: RunCard, run_id: str, protocol: str, content: Mapping[str, Any]
) -> list[EvaluationRow]:
    detail = (
        f"{content['train_images']:,} training and {content['test_images']:,} held-out images, "
        f"checkpoint {content['step']:,}"
    )
    trained = EvaluationRow(
        run_id=run_id,
        name=card.name if run_id == card.id else f"{card.name}, step {content['step']:,}",
        data=card.source,
        measures={protocol: _measure(content["trained"], detail)},
    )
    baselines = [
        EvaluationRow(
            run_id=f"{run_id}/{key}",
            name=name,
            data=card.source,
            is_baseline=True,
            measures={protocol: _measure(content[key], detail)},
        )
        for key, name in BASELINES.items()
        if key in content  # an older build measured fewer
    ]
    return [trained, *baselines]


def _measure(content: Mapping[str, float], detail: str) -> Measure:
    score = Score(**content)
    return Measure(score.accuracy, score.low, score.high, detail)
