"""Verbs that use a trained encoder: evaluate, embed, map, search, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from sslstudio.catalog.catalog import load_catalog
from sslstudio.cli.options import CheckpointOption, DataOption, JsonOption
from sslstudio.cli.output import Output
from sslstudio.domain.errors import InputError
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.datasets import ImageSet, open_images, read_query
from sslstudio.services.embedding import (
    Embeddings,
    cached_embeddings,
    embed_images,
    read_embeddings,
    write_embeddings,
)
from sslstudio.services.encoders import TrainedEncoder, is_model, load_trained
from sslstudio.services.evaluation import PROTOCOLS, Protocol, evaluate
from sslstudio.services.export import FORMATS, Format, export_encoder
from sslstudio.services.map_files import draw_map, write_map_table
from sslstudio.services.maps.client import MapService
from sslstudio.services.maps.settings import MapSettings, PcaSettings, TsneSettings, UmapSettings
from sslstudio.services.places import cache_folder, runs_folder
from sslstudio.services.runs.checkpoints import LAST
from sslstudio.services.runs.library import RunLibrary
from sslstudio.services.search import search as find

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's path or id, or a model.")]
Method = Literal["pca", "tsne", "umap"]
METHODS: tuple[Method, ...] = ("pca", "tsne", "umap")
Word = TypeVar("Word", bound=str)


def register(app: typer.Typer) -> None:
    """Add these verbs to the application."""
    app.command("evaluate")(evaluate_run)
    app.command("embed")(embed)
    app.command("map")(draw)
    app.command("search")(search)
    app.command("export")(export)


def evaluate_run(
    run: RunArgument,
    data: DataOption = None,
    protocol: Annotated[str, typer.Option(help="knn or linear.")] = "knn",
    checkpoint: CheckpointOption = LAST,
    as_json: JsonOption = False,
) -> None:
    """Score an encoder beside the same encoder untrained, raw pixels and their components."""
    chosen: Protocol = _one_of(protocol, PROTOCOLS, "--protocol")
    output = Output(as_json=as_json)
    trained = _trained(run, checkpoint)
    images = _images(trained, data, output)
    result = evaluate(trained, images, load_catalog(), chosen, report=_reporter(output))
    output.about_images(images)
    content = {
        "kind": "result",
        "protocol": chosen,
        "accuracy": result.trained.accuracy,
        "interval": [result.trained.low, result.trained.high],
        "random_encoder": result.random_encoder.accuracy,
        "raw_pixels": result.raw_pixels.accuracy,
        "pca": result.pca.accuracy,
        "train_images": result.train_images,
        "test_images": result.test_images,
        "classes": result.classes,
        "run": trained.name,
        "step": trained.step,
        "data": images.source,
    }
    output.result(
        content,
        f"{chosen} accuracy {result.trained.accuracy:.3f} "
        f"[{result.trained.low:.3f}, {result.trained.high:.3f}], "
        f"untrained {result.random_encoder.accuracy:.3f}, "
        f"raw pixels {result.raw_pixels.accuracy:.3f}, "
        f"their principal components {result.pca.accuracy:.3f} "
        f"({result.train_images:,} training and {result.test_images:,} held-out images)",
    )


def embed(
    run: RunArgument,
    source: Annotated[str, typer.Argument(metavar="SRC", help="Images to embed.")],
    out: Annotated[Path, typer.Option(help="The .npz file to write.")],
    checkpoint: CheckpointOption = LAST,
    as_json: JsonOption = False,
) -> None:
    """Write the embeddings of images: embeddings (n, d) float32, paths, labels."""
    _refuse_existing(out)
    output = Output(as_json=as_json)
    trained = _trained(run, checkpoint)
    images = _images(trained, source, output)
    embeddings = embed_images(trained, images, progress=output.counting("Embedding"))
    write_embeddings(embeddings, out)
    output.about_images(images)
    count, dim = embeddings.vectors.shape
    output.result(
        {"kind": "result", "out": str(out), "images": count, "dim": dim},
        f"{count:,} embeddings of {dim} numbers written to {out}.",
    )


def draw(
    run: Annotated[str, typer.Argument(metavar="RUN|F.npz", help="A run or embeddings.")],
    method: Annotated[str, typer.Option(help="pca, tsne or umap.")],
    out: Annotated[Path, typer.Option(help="A .csv or .png file to write.")],
    data: DataOption = None,
    checkpoint: CheckpointOption = LAST,
    as_json: JsonOption = False,
) -> None:
    """Write a map of embeddings in the plane as a table or a picture."""
    chosen: Method = _one_of(method, METHODS, "--method")
    _refuse_existing(out)
    if out.suffix not in {".csv", ".png"}:
        raise InputError(f"{out}: a map is written as .csv or .png.", "Choose one of these names.")
    output = Output(as_json=as_json)
    embeddings = _embeddings(run, checkpoint, data, output)
    choices: dict[Method, MapSettings] = {
        "pca": PcaSettings(),
        "tsne": TsneSettings(),
        "umap": UmapSettings(),
    }
    settings = choices[chosen]
    service = MapService()
    try:
        result = service.compute(
            embeddings.vectors,
            settings,
            progress=lambda share, words, _points: output.progress(share, words),
            cancelled=lambda: False,
        )
    finally:
        service.close()
    write = write_map_table if out.suffix == ".csv" else draw_map
    write(out, result.points, embeddings)
    output.result(
        {
            "kind": "result",
            "out": str(out),
            "method": chosen,
            "images": len(result.points),
            "trustworthiness": result.trustworthiness,
            "neighbours_kept": result.neighbours_kept,
            "seconds": round(result.seconds, 2),
        },
        f"Map of {len(result.points):,} images written to {out} "
        f"(trustworthiness {result.trustworthiness:.2f}).",
    )


def search(
    run: RunArgument,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The image to look for.")],
    data: DataOption = None,
    checkpoint: CheckpointOption = LAST,
    count: Annotated[int, typer.Option("-k", help="How many answers.", min=1)] = 10,
    as_json: JsonOption = False,
) -> None:
    """List the images most alike to a given one, the most alike first."""
    output = Output(as_json=as_json)
    trained = _trained(run, checkpoint)
    query = trained.embed(read_query(image, trained.recipe.data)[None])[0]
    hits = find(query, _embeddings(run, checkpoint, data, output), count)
    rows = [
        {"rank": hit.rank, "path": hit.path, "score": hit.score, "label": hit.label} for hit in hits
    ]
    output.rows(rows, [f"{h.rank:>4}  {h.score:.3f}  {h.label:<16} {h.path}" for h in hits])


def export(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    file_format: Annotated[str, typer.Option("--format", help="safetensors or onnx.")] = (
        "safetensors"
    ),
    data: DataOption = None,
    checkpoint: CheckpointOption = LAST,
    as_json: JsonOption = False,
) -> None:
    """Write the encoder for use elsewhere, checked against the original on real images."""
    chosen: Format = _one_of(file_format, FORMATS, "--format")
    _refuse_existing(out)
    output = Output(as_json=as_json)
    trained = _trained(run, checkpoint)
    images = _images(trained, data, output)
    report = export_encoder(trained, images, chosen, out, report=_reporter(output))
    content = {"kind": "result", "out": str(out), "format": chosen, **asdict(report)}
    content["files"] = [str(file) for file in report.files]
    output.result(
        content,
        f"Written to {out}; largest relative difference on {report.checked_images} images: "
        f"{report.largest_difference:.1e}.",
    )


def _one_of(word: str, known: tuple[Word, ...], option: str) -> Word:
    for choice in known:
        if choice == word:
            return choice
    raise InputError(f"{option} {word}: this is not known.", f"Choose one of: {', '.join(known)}.")


def _trained(run: str, checkpoint: str) -> TrainedEncoder:
    library = RunLibrary(runs_folder(), load_catalog())
    return load_trained(run, library, checkpoint=checkpoint)


def _images(trained: TrainedEncoder, source: str | None, output: Output) -> ImageSet:
    wanted: DataSpec = trained.recipe.data
    if source is not None:
        wanted = wanted.model_copy(update={"source": source, "labels_csv": None})
    return open_images(wanted, progress=output.counting("Reading images"), cache=cache_folder())


def _embeddings(run: str, checkpoint: str, source: str | None, output: Output) -> Embeddings:
    if run.endswith(".npz"):
        if checkpoint != LAST:
            raise InputError(
                f"{run} holds embeddings of one checkpoint.", "Leave --checkpoint out."
            )
        return read_embeddings(Path(run))
    trained = _trained(run, checkpoint)
    images = _images(trained, source, output)
    progress = output.counting("Embedding")
    if is_model(run):
        return embed_images(trained, images, progress=progress)
    folder = RunLibrary(runs_folder(), load_catalog()).find(run)
    return cached_embeddings(folder.path, trained, images, progress=progress)


def _reporter(output: Output) -> Callable[[int, int, str], None]:
    return lambda done, total, words: output.progress(done / max(1, total), words)


def _refuse_existing(out: Path) -> None:
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise InputError(f"{out} exists already.", "Choose another --out; nothing was changed.")
