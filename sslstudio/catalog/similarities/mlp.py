"""A small network that sees both embeddings (Tschannen et al. 2020, arXiv:1907.13625, section 3.2).

The concatenated critic: s(a, b) = w^T relu(A a + B b + c) + d. A layer on the concatenation of
two vectors is the sum of a layer on each, so that the n x m pairs share n + m products; the sum
itself takes n * m * hidden numbers. Nothing makes it symmetric.

Departures: one hidden layer, where the paper has two, to keep the pairs of a batch in memory.
"""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from sslstudio.catalog.entry import Entry
from sslstudio.domain.fields import Range, Ui
from sslstudio.domain.spec import SimilaritySpec
from sslstudio.engine.joint import Similarity
from sslstudio.engine.parts import BuildContext


class PairMlpSpec(SimilaritySpec):
    """What makes two embeddings alike is learned with the network."""

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[
        int,
        Range(4, 512, log=True),
        Ui(
            "Hidden",
            "Width of the hidden layer; memory grows with it for every pair.",
            unit="units",
        ),
    ] = 64


class PairMlp(Similarity):
    """One hidden layer on the two vectors side by side; values have no limit."""

    def __init__(self, spec: PairMlpSpec, dim: int) -> None:
        super().__init__()
        self.spec = spec
        self.first = nn.Linear(dim, spec.hidden)
        self.second = nn.Linear(dim, spec.hidden, bias=False)
        self.score = nn.Linear(spec.hidden, 1)

    def pairs(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the network's value for each pair of rows  # (n, d), (n, d) -> (n,)."""
        return self._scored(self.first(first) + self.second(second))

    def matrix(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the network's value for every two rows  # (n, d), (m, d) -> (n, m)."""
        return self._scored(self.first(first).unsqueeze(1) + self.second(second))

    def _scored(self, hidden: Tensor) -> Tensor:
        value: Tensor = self.score(hidden.relu())
        return value.squeeze(-1)


def build(spec: PairMlpSpec, context: BuildContext) -> PairMlp:
    """Return the network for embeddings of the context's width."""
    return PairMlp(spec, context.dim)


ENTRY = Entry(
    title="MLP on the pair",
    spec=PairMlpSpec,
    build=build,
    summary="A small network looks at both embeddings and is learned with the encoder.",
    citation="Tschannen et al. 2020, arXiv:1907.13625",
)
