"""An encoder as one Python file that needs torch and safetensors only.

The network is traced once into its tensor operations, and these are written out as code; so any
encoder of the catalogue, and any backbone of timm, leaves in the same plain form.
"""

from __future__ import annotations

import operator
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, export
from torch.fx import Node

from sslstudio.domain.errors import StudioError
from sslstudio.engine import resampling
from sslstudio.engine.resampling import Preprocess

LARGEST_BATCH = 65536


def trace(network: nn.Module, channels: int, size: int) -> ExportedProgram:
    """Return the network as a graph of tensor operations with a free batch size."""
    network.eval()
    example = torch.zeros(2, channels, size, size)
    batch = Dim("batch", min=1, max=LARGEST_BATCH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return export(network, (example,), dynamic_shapes=({0: batch},))


def weights_of(program: ExportedProgram) -> dict[str, Tensor]:
    """Return the tensors that the graph reads, by the names that the written code uses."""
    state = {**program.state_dict, **program.constants}
    used = _weight_names(program)
    # A fresh copy of each: safetensors refuses tensors that share storage.
    return {name: state[name].detach().cpu().clone().contiguous() for name in used.values()}


def standalone_source(
    program: ExportedProgram, preprocess: Preprocess, title: str, dim: int
) -> str:
    """Return the text of a Python file with `load()`, `Preprocess` and `Encoder`."""
    resampling_text = Path(resampling.__file__).read_text(encoding="utf-8")
    body = resampling_text.partition("import torch\nfrom torch import Tensor, nn\n")[2]
    steps = "\n".join(f"        {line}" for line in _graph_lines(program))
    settings = (
        f"{preprocess.size}, {preprocess.fit!r}, gray={preprocess.gray}, "
        f"mean={preprocess.mean.flatten().tolist()}, std={preprocess.std.flatten().tolist()}"
    )
    return f'''"""{title}: a self-supervised image encoder in plain torch.

    python encoder.py PICTURE...      prints the embedding of each picture

    from encoder import load, read_picture
    encoder = load("encoder.safetensors")
    embedding = encoder(read_picture("cat.jpg"))  # (1, {dim})
"""

from __future__ import annotations

import math
import operator
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
{body}

class Encoder(nn.Module):
    """Decoded pictures in, embeddings out: uint8 (batch, 3, height, width) -> (batch, {dim})."""

    dim = {dim}

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        self.preprocess = Preprocess({settings})
        self.names = {{name: name.replace(".", "_") for name in weights}}
        for name, value in weights.items():
            self.register_buffer("weight_" + self.names[name], value)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the embeddings of decoded pictures."""
        return self.embed(self.preprocess(pictures))

    def embed(self, images: Tensor) -> Tensor:
        """Return the embeddings of images at the working resolution, already normalised."""
        w = {{name: getattr(self, "weight_" + plain) for name, plain in self.names.items()}}
{steps}


def load(file: str | Path = "encoder.safetensors") -> Encoder:
    """Return the encoder with its weights."""
    from safetensors.torch import load_file

    return Encoder(load_file(file)).eval()


def read_picture(file: str | Path) -> Tensor:
    """Return a picture file as the encoder expects it  # uint8 (1, 3, height, width)."""
    import numpy
    from PIL import Image, ImageOps

    with Image.open(file) as picture:
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            clear = upright.convert("RGBA")
            white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
            upright = Image.alpha_composite(white, clear)
        pixels = numpy.asarray(upright.convert("RGB"))
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]


if __name__ == "__main__":
    encoder = load(Path(__file__).with_name("encoder.safetensors"))
    with torch.no_grad():
        for name in sys.argv[1:]:
            print(name, *encoder(read_picture(name))[0].tolist())
'''


def _weight_names(program: ExportedProgram) -> dict[str, str]:
    signature = program.graph_signature
    named = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    read = {node.name for node in program.graph.nodes if node.op == "placeholder" and node.users}
    return {node: name for node, name in named.items() if node in read}


def _graph_lines(program: ExportedProgram) -> list[str]:
    words = {node: f'w["{name}"]' for node, name in _weight_names(program).items()}
    lines: list[str] = []
    for node in program.graph.nodes:
        if node.op == "placeholder":
            words.setdefault(node.name, "images")
        elif node.op == "call_function":
            words[node.name] = node.name
            lines.append(f"{node.name} = {_call(node, words)}")
        elif node.op == "output":
            lines.append(f"return {_word(node.args[0][0], words)}")
    return lines


def _call(node: Node, words: dict[str, str]) -> str:
    arguments = [_word(argument, words) for argument in node.args]
    arguments += [f"{name}={_word(value, words)}" for name, value in node.kwargs.items()]
    return f"{_function(node.target)}({', '.join(arguments)})"


def _function(target: Any) -> str:
    if getattr(target, "namespace", "") == "aten":
        return f"torch.ops.{target}"
    name = getattr(target, "__name__", "")
    if getattr(operator, name, None) is target:
        return f"operator.{name}"
    if getattr(target, "__module__", "") == "math":
        return f"math.{name}"
    raise StudioError(
        f"This encoder uses an operation that cannot be written as plain torch ({target}).",
        "Export it as ONNX instead.",
    )


def _word(value: Any, words: dict[str, str]) -> str:
    if isinstance(value, Node):
        return words[value.name]
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_word(item, words) for item in value) + "]"
    if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
        return str(value)
    if isinstance(value, torch.device):
        # Constants made inside the network are made where the images are.
        return "images.device"
    return repr(value)
