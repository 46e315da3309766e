"""A complete training state as flat tensors and plain JSON, and back again."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

REFERENCE = "$tensor"


def flatten(state: Any) -> tuple[dict[str, Tensor], Any]:
    """Return (tensors by name, the same state as JSON with references in their place)."""
    tensors: dict[str, Tensor] = {}
    return tensors, _flatten(state, "", tensors)


def unflatten(tensors: dict[str, Tensor], content: Any) -> Any:
    """Return the state that `flatten` took apart."""
    if isinstance(content, dict):
        if set(content) == {REFERENCE}:
            return tensors[content[REFERENCE]]
        if set(content) == {"$items"}:
            return {key: unflatten(tensors, value) for key, value in content["$items"]}
        return {key: unflatten(tensors, value) for key, value in content.items()}
    if isinstance(content, list):
        return [unflatten(tensors, value) for value in content]
    return content


def _flatten(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name = path.strip("/")
        tensors[name] = value.detach()
        return {REFERENCE: name}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: _flatten(item, f"{path}/{key}", tensors) for key, item in value.items()}
        # Optimizers number their parameters; JSON would turn those keys into words.
        items = [[k, _flatten(item, f"{path}/{k}", tensors)] for k, item in value.items()]
        return {"$items": items}
    if isinstance(value, list | tuple):
        return [_flatten(item, f"{path}/{i}", tensors) for i, item in enumerate(value)]
    return value


def without_shared_storage(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return contiguous CPU tensors once each, and which names stand for another one."""
    kept: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    seen: dict[tuple[int, tuple[int, ...], tuple[int, ...]], str] = {}
    for name, tensor in tensors.items():
        key = (tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride()))
        if tensor.numel() and key in seen:
            aliases[name] = seen[key]
            continue
        seen[key] = name
        kept[name] = (
            tensor.detach().to("cpu", copy=True).contiguous(memory_format=torch.contiguous_format)
        )
    return kept, aliases
