"""Results from papers and libraries, shown beside a user's own; each keeps its source."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from sslstudio.services.places import resources


class Source(BaseModel):
    """Where numbers come from, and what they were measured on unless a row says otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    citation: str
    data: str
    encoder: str


class PublishedResult(BaseModel):
    """One number that somebody published for a method, in percent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str
    method: str
    source: str
    measure: str
    value: float
    data: str = ""
    encoder: str = ""


class Published(BaseModel):
    """All published results and their sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: dict[str, Source]
    rows: tuple[PublishedResult, ...]

    def of(self, preset: str) -> tuple[PublishedResult, ...]:
        """Return a preset's results, each with its data and encoder filled in."""
        return tuple(self._complete(row) for row in self.rows if row.preset == preset)

    def _complete(self, row: PublishedResult) -> PublishedResult:
        source = self.sources[row.source]
        filled = {"data": row.data or source.data, "encoder": row.encoder or source.encoder}
        return row.model_copy(update=filled)


@cache
def published_results() -> Published:
    """Return what comes with the product."""
    return Published.model_validate_json((resources() / "published.json").read_bytes())
