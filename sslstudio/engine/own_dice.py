"""Random numbers for building and trying networks beside a training, which keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

GENERATOR: Final = "generator"
TAKES_ONE: Final = frozenset(
    f"aten::{name}"
    for name in (
        *("bernoulli", "binomial", "multinomial", "normal", "poisson"),
        *("bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_"),
        *("normal_", "random_", "uniform_"),
    )
)
"""Operations that take a generator or none; others (`torch.rand`) have a variant that takes one."""


class OwnDice(TorchDispatchMode):
    """A context in which this thread draws from generators of its own, begun at a seed.

    Torch has one generator per device for the whole process. A network that one thread builds from
    a seed of its own would otherwise set back, and draw from, what the noise of a training in
    another thread comes from. The numbers are those that `torch.manual_seed(seed)` would lead to.
    """

    def __init__(self, seed: int) -> None:
        TorchDispatchMode.__init__(self)
        self.seed = seed
        self._generators: dict[torch.device, torch.Generator] = {}

    def __torch_dispatch__(
        self,
        func: Any,
        _types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if torch.Tag.nondeterministic_seeded in func.tags and named.get(GENERATOR) is None:
            drawing, device = _with_generator(func), _device(args, named)
            # Tensors that have a shape only draw nothing.
            if drawing is not None and device.type != "meta":
                named[GENERATOR] = self._generator(device)
                return drawing(*args, **named)
        return func(*args, **named)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = torch.Generator(device).manual_seed(self.seed)
        return self._generators[device]


def _device(args: tuple[Any, ...], named: Mapping[str, Any]) -> torch.device:
    """Return where an operation draws: where its result is asked for, else where its input lies."""
    first = args[0] if args else None
    lies = first.device if isinstance(first, Tensor) else "cpu"
    return torch.device(named.get("device") or lies)


def _with_generator(operation: Any) -> Any:
    """Return the variant of a random operation that takes a generator.

    None for dropout and what contains it, such as attention: they know torch's own generator only,
    and draw nothing from it in evaluation mode.
    """
    name = str(operation).rpartition(".")[2]
    if GENERATOR in name or operation.name().partition(".")[0] in TAKES_ONE:
        return operation
    variant = GENERATOR if name == "default" else f"{name}_{GENERATOR}"
    return getattr(operation.overloadpacket, variant, None)
