"""Builds the pages and ties them together; the only place that knows all of them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from sslstudio.domain.check import check
from sslstudio.domain.edits import parse_recipe
from sslstudio.domain.errors import StudioError
from sslstudio.domain.problems import Problem
from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.engine.plan import Compute
from sslstudio.gui.data.page import DataPage
from sslstudio.gui.design.page import DesignPage
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.evaluate.page import EvaluatePage
from sslstudio.gui.explore.page import ExplorePage
from sslstudio.gui.export.page import ExportPage
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.gui.studio.design_services import DesignServices
from sslstudio.gui.studio.estimator import Estimator
from sslstudio.gui.studio.evaluation_services import EvaluationServices
from sslstudio.gui.studio.export_services import ExportServices
from sslstudio.gui.studio.library_controller import LibraryController
from sslstudio.gui.studio.machine_words import device_words, memory_words
from sslstudio.gui.studio.preset_fit import PresetFit
from sslstudio.gui.studio.run_desk import BUSY, RunDesk
from sslstudio.gui.studio.sweep_desk import SweepDesk
from sslstudio.gui.studio.training_controller import TrainingController
from sslstudio.gui.studio.workshop import Workshop
from sslstudio.gui.theme import Theme
from sslstudio.gui.train.page import TrainPage
from sslstudio.services.datasets import ImageSet
from sslstudio.services.maps.client import MapService
from sslstudio.services.presets import find_recipe
from sslstudio.services.runs.sweep_place import SweepPlace

FIRST_PRESET = "simclr"
IDLE_BEFORE_WARMING_MS = 4000
STOP_SECONDS = 30.0
MEMORY_MS = 2000


class Studio(QObject):
    """One window's pages over one library."""

    def __init__(
        self,
        frame: Frame,
        theme: Theme,
        jobs: Jobs,
        equipment: Equipment,
        asked: tuple[str | None, str | None],
    ) -> None:
        super().__init__(frame)
        self.frame = frame
        self.jobs = jobs
        self.equipment = equipment
        self.opened = OpenImages(self)
        self.maps = MapService()
        self.fit = PresetFit(equipment, self.opened)
        recipe = self._first_recipe(*asked)
        self.estimator = Estimator(equipment, self.opened, jobs, lambda: self.document.recipe, self)
        self.document = RecipeDocument(recipe, self._problems, self)
        self.training = TrainingController(equipment, jobs, self)
        self.library = LibraryController(equipment, frame.library, jobs, self)
        self.data = DataPage(theme, jobs)
        design_services = DesignServices(equipment, self.opened)
        self.design = DesignPage(self.document, equipment.catalog, design_services, jobs, theme)
        self.train = TrainPage(theme, jobs)
        self.explore = ExplorePage(theme, jobs, self.maps)
        self.evaluate = EvaluatePage(theme, EvaluationServices(equipment), jobs)
        self.export = ExportPage(theme, ExportServices(equipment), jobs)
        workshop = Workshop(
            frame=frame,
            jobs=jobs,
            equipment=equipment,
            opened=self.opened,
            document=self.document,
            training=self.training,
            library=self.library,
            estimator=self.estimator,
            data=self.data,
            design=self.design,
            train=self.train,
            explore=self.explore,
            evaluate=self.evaluate,
            export=self.export,
        )
        self.desk = RunDesk(workshop)
        self.sweeping = SweepDesk(workshop, self.begin)
        self._warming = QTimer(self)
        self._warming.setSingleShot(True)
        self._memory = QTimer(self)
        self._memory.setInterval(MEMORY_MS)
        self._memory.start()
        self._add_pages()
        self._connect()
        self._begin(frame.settings.page)

    def _first_recipe(self, name: str | None, source: str | None) -> Recipe:
        data = None if source is None else DataSpec(source=source)
        remembered = self.frame.settings.recipe_json
        if name is None and remembered:
            try:
                recipe = parse_recipe(_json(remembered), self.equipment.catalog.kinds)
                return self.fit.remembered(
                    recipe if data is None else recipe.model_copy(update={"data": data})
                )
            except StudioError as error:
                self.frame.messages.show_error(error)
        try:
            return self.fit.found(name or FIRST_PRESET, data)
        except StudioError as error:
            self.frame.messages.show_error(error)
            return find_recipe(FIRST_PRESET, self.equipment.catalog, None, self.equipment.device)

    def _problems(self, recipe: Recipe) -> tuple[Problem, ...]:
        found = check(recipe, self.opened.facts())
        refusal = self.estimator.refusal(recipe)
        if refusal is None or any(problem.severity == "error" for problem in found):
            return found
        return (refusal, *found)

    def _add_pages(self) -> None:
        pages = {
            "data": self.data,
            "design": self.design,
            "train": self.train,
            "explore": self.explore,
            "evaluate": self.evaluate,
            "export": self.export,
        }
        for key, page in pages.items():
            self.frame.add_page(key, page)

    def _connect(self) -> None:
        messages = self.frame.messages
        self.data.opened.connect(self._images_opened)
        self.document.changed.connect(self._recipe_changed)
        self.design.start_asked.connect(self.start_training)
        self.train.start_asked.connect(self.start_training)
        self.estimator.changed.connect(self.design.set_estimate)
        self.estimator.refused.connect(self.document.recheck)
        self.training.prepared.connect(self._first_run_begun)
        self.training.ended.connect(self.design.images_changed)
        self.training.failed.connect(messages.show_error)
        self.library.failed.connect(messages.show_error)
        self.frame.page_changed.connect(self._page_changed)
        self.frame.may_close = self._may_close
        self.frame.closing.connect(self._closing)
        self._warming.timeout.connect(self._warm_maps)
        self._memory.timeout.connect(self.refresh_status)

    def _begin(self, page: str) -> None:
        self.design.block_start("The images are still being read.")
        self.design.welcome.setVisible(not self.frame.settings.has_trained)
        self.frame.show_page(page or "design")
        self.library.refresh()
        self.data.open(self.document.recipe.data)
        if self.frame.settings.run:
            self.desk.open(self.frame.settings.run, stay=True)
        self._warming.start(IDLE_BEFORE_WARMING_MS)

    def start_training(self) -> None:
        """Train the open recipe on the open images."""
        if self.begin(self.document.recipe):
            self.frame.show_page("train")

    def begin(
        self, recipe: Recipe, compute: Compute | None = None, place: SweepPlace | None = None
    ) -> bool:
        """Train a recipe on the open images and return whether that could begin."""
        images = self.opened.images
        if images is None:
            return False
        if self.training.busy:
            self.frame.messages.show_message(BUSY)
            return False
        if self.data.data() != recipe.data:
            self.frame.messages.show_message(
                "The recipe's images are not open. Open them on the Data page, then start."
            )
            return False
        chosen = compute or self.estimator.compute_for(recipe)
        named = recipe.model_copy(update={"name": _run_name(recipe, images)})
        self.estimator.block(blocked=True)
        self.training.start(named, images, chosen, place)
        return True

    def _first_run_begun(self) -> None:
        self.design.welcome.hide()
        self.frame.settings = replace(self.frame.settings, has_trained=True)

    def _images_opened(self, images: ImageSet, data: DataSpec) -> None:
        recipe, is_first = self.document.recipe, self.opened.images is None
        untouched = self.fit.is_untouched(recipe)
        self.opened.replace(images, data)
        if untouched and (is_first or data != recipe.data):
            fitted = self.fit.again(recipe, data)
        else:
            fitted = recipe.model_copy(update={"data": data})
        words = "Other images" if data != recipe.data else "Fit the batch to the images"
        self.document.edit(fitted, words)
        self.document.recheck()
        self.design.block_start("")
        self.refresh_status()
        self.estimator.ask()
        self.design.images_changed()

    def _recipe_changed(self, old: Recipe, new: Recipe) -> None:
        if old.data != new.data and self.data.data() != new.data:
            self.data.open(new.data)
        self.estimator.ask()

    def _page_changed(self, key: str) -> None:
        if key == "explore":
            self.desk.explore_current()
        self.refresh_status()

    def refresh_status(self) -> None:
        """Show device, memory and images in the status line."""
        images = self.opened.images
        words = ""
        if images is not None:
            classes = len(images.class_names)
            words = f"{images.name} · {len(images.paths):,} images"
            words += f" · {classes} classes" if images.labelled else " · no labels"
        compute = self.estimator.compute_for(self.document.recipe)
        self.frame.set_status(device_words(self.equipment, compute), memory_words(), words)

    def stop_warming(self) -> None:
        """Leave the map process cold until a map is asked for."""
        self._warming.stop()

    def _warm_maps(self) -> None:
        if not self.training.busy:
            self.maps.warm()

    def _may_close(self) -> bool:
        if not self.training.busy:
            return True
        box = QMessageBox(self.frame)
        box.setWindowTitle("Training is running")
        box.setText("Stop training and close? A checkpoint is written; you can resume it later.")
        stop = box.addButton("Stop and close", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if box.clickedButton() is not stop:
            return False
        QApplication.processEvents()
        return self.training.stop_and_wait(STOP_SECONDS)

    def _closing(self) -> None:
        self.frame.settings = replace(
            self.frame.settings,
            recipe_json=self.document.recipe.model_dump_json(),
            data_source=self.document.recipe.data.source,
            run=self.desk.shown_run,
        )
        self._warming.stop()
        self.maps.close()


def _run_name(recipe: Recipe, images: ImageSet) -> str:
    name = recipe.name
    return name if images.name in name else f"{name} · {images.name}"


def _json(text: str) -> object:
    import json

    try:
        return json.loads(text)
    except ValueError:
        return None
