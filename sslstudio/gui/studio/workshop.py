"""Everything one window works with, built once and handed to whoever ties parts of it."""

from __future__ import annotations

from dataclasses import dataclass

from sslstudio.gui.data.page import DataPage
from sslstudio.gui.design.page import DesignPage
from sslstudio.gui.document import RecipeDocument
from sslstudio.gui.evaluate.page import EvaluatePage
from sslstudio.gui.explore.page import ExplorePage
from sslstudio.gui.export.page import ExportPage
from sslstudio.gui.frame.window import Frame
from sslstudio.gui.jobs import Jobs
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.gui.studio.estimator import Estimator
from sslstudio.gui.studio.library_controller import LibraryController
from sslstudio.gui.studio.training_controller import TrainingController
from sslstudio.gui.train.page import TrainPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The frame, its pages, and the controllers behind them."""

    frame: Frame
    jobs: Jobs
    equipment: Equipment
    opened: OpenImages
    document: RecipeDocument
    training: TrainingController
    library: LibraryController
    estimator: Estimator
    data: DataPage
    design: DesignPage
    train: TrainPage
    explore: ExplorePage
    evaluate: EvaluatePage
    export: ExportPage
