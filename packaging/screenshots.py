"""Renders every workspace after a real short run: light and dark, at two sizes.

    python packaging/screenshots.py [--data SRC] [--minutes M] [--out DIR]

The pictures come from the real window, driven as a person would: images are opened, the SimCLR
preset is trained, its map is computed, an image's neighbours are shown, the run is scored and
exported. Run it under Xvfb or with QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QPushButton

from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import Budget
from sslstudio.gui.app import Opening
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.gallery import ThumbnailGrid
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.settings import user_settings
from sslstudio.gui.studio.studio import Studio
from sslstudio.gui.theme import Theme

Wait = Callable[[Callable[[], bool], str], None]
SIZES = ((1280, 800), (1920, 1080))
WORKSPACES = ("data", "design", "train", "explore", "evaluate", "export")


def main() -> int:
    """Return 0 once all pictures are written."""
    options = _options()
    with tempfile.TemporaryDirectory() as home:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = home
        application = QApplication(sys.argv[:1])
        theme = Theme(application)
        frame = Frame(theme, user_settings())
        jobs = Jobs(frame)
        frame.show()
        opening = Opening(frame, theme, jobs, "simclr", options.data)
        opening.begin()
        _drive(application, opening, options)
        for mode in ("light", "dark"):
            theme.set_mode(mode)
            _photograph(application, frame, mode, options.out)
        frame.close()
        jobs.shutdown()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="shapes")
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _drive(application: QApplication, opening: Opening, options: argparse.Namespace) -> None:
    wait = _waiter(application)
    wait(lambda: opening.studio is not None, "the pages")
    studio = opening.studio
    if not isinstance(studio, Studio):
        raise TypeError("The pages were not built.")
    wait(lambda: studio.opened.images is not None, "the images")
    document = studio.document
    budget = Budget(unit="minutes", amount=options.minutes)
    kinds = studio.equipment.catalog.kinds
    recipe = with_value(document.recipe, "training.budget", budget, kinds)
    document.edit(recipe, "Budget")
    studio.frame.show_page("design")
    wait(lambda: studio.estimator.compute_for(document.recipe) is not None, "the estimate")
    studio.design.start.click()
    wait(lambda: studio.training.state == "training", "training to begin")
    wait(lambda: not studio.training.busy, "training to end")
    _look_at_results(studio, wait)


def _look_at_results(studio: Studio, wait: Wait) -> None:
    studio.frame.show_page("explore")
    wait(lambda: studio.explore.title() != "Explore" and not jobs_running(studio), "the run")
    studio.explore.compute()
    wait(lambda: not jobs_running(studio), "the map")
    _select_a_class(studio)
    wait(lambda: not jobs_running(studio), "the neighbours")
    studio.frame.show_page("evaluate")
    wait(lambda: not jobs_running(studio), "the library")
    evaluate = studio.evaluate.findChild(QPushButton, "evaluate.run")
    if evaluate is not None:
        evaluate.click()
    wait(lambda: not jobs_running(studio), "the scores")
    studio.frame.show_page("export")
    wait(lambda: not jobs_running(studio), "the library")
    with tempfile.TemporaryDirectory() as folder:
        studio.export.export_to(Path(folder) / "encoder")
        wait(lambda: not jobs_running(studio), "the export")


def _select_a_class(studio: Studio) -> None:
    images = studio.opened.images
    if images is None:
        return
    labels = images.labels[images.held_out_indices()]
    studio.explore.selection.replace(labels == labels[0])
    gallery = studio.explore.findChild(ThumbnailGrid, "explore.gallery")
    if gallery is not None:
        gallery.activated.emit(int(gallery.indices()[0]))


def jobs_running(studio: Studio) -> bool:
    """Return True while any background work of the window goes on."""
    return bool(studio.jobs.running)


def _waiter(application: QApplication) -> Wait:
    def wait(ready: Callable[[], bool], what: str) -> None:
        began = time.monotonic()
        while not ready():
            application.processEvents()
            time.sleep(0.01)
            if time.monotonic() - began > 1800:
                raise TimeoutError(f"waiting for {what}")
        for _ in range(20):
            application.processEvents()
            time.sleep(0.01)
        sys.stderr.write(f"{what}: {time.monotonic() - began:.1f} s\n")

    return wait


def _photograph(application: QApplication, frame: Frame, mode: str, out: Path) -> None:
    for width, height in SIZES:
        frame.resize(width, height)
        for key in WORKSPACES:
            frame.show_page(key)
            for _ in range(40):
                application.processEvents()
                time.sleep(0.02)
            frame.grab().save(str(out / f"{key}-{mode}-{width}x{height}.png"))


if __name__ == "__main__":
    raise SystemExit(main())
