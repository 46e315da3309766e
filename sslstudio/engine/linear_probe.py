"""Linear evaluation: multinomial logistic regression on frozen features.

L-BFGS with an l2 penalty chosen on held-out training rows, as in SimCLR (Chen et al. 2020,
arXiv:2002.05709, appendix B.6) and BYOL.

Departures: features are standardised by the training rows, and 7 penalties instead of 45 are tried,
each starting from the last one's solution.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

PENALTIES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5)
TUNING_SHARE = 10
ITERATIONS = 60


def probe_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor
) -> float:
    """Return the share of right answers on the queries of a probe trained on the bank.

    Features are (n, dim), labels (n,). The penalty is chosen on every tenth row of the bank,
    then the probe is trained on the whole bank; the queries are looked at once.
    """
    mean, deviation = bank.mean(dim=0), bank.std(dim=0).clamp_min(1e-6)
    bank, queries = (bank - mean) / deviation, (queries - mean) / deviation
    classes = int(max(bank_labels.max(), query_labels.max())) + 1
    penalty = _choose_penalty(bank, bank_labels, classes)
    weights = _train(bank, bank_labels, penalty, _start(bank, classes))
    return _accuracy(weights, queries, query_labels)


def _choose_penalty(features: Tensor, labels: Tensor, classes: int) -> float:
    tuning = torch.arange(len(features), device=features.device) % TUNING_SHARE == 0
    weights = _start(features, classes)
    best = (-1.0, PENALTIES[0])
    for penalty in PENALTIES:
        weights = _train(features[~tuning], labels[~tuning], penalty, weights)
        best = max(best, (_accuracy(weights, features[tuning], labels[tuning]), penalty))
    return best[1]


def _start(features: Tensor, classes: int) -> Tensor:
    return torch.zeros(features.shape[1] + 1, classes, device=features.device)


def _train(features: Tensor, labels: Tensor, penalty: float, start: Tensor) -> Tensor:
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(_logits(weights, features), labels)
        loss = loss + penalty * weights[:-1].square().sum() / 2
        loss.backward()
        return loss

    optimizer.step(closure)
    return weights.detach()


def _logits(weights: Tensor, features: Tensor) -> Tensor:
    return torch.addmm(weights[-1], features, weights[:-1])


def _accuracy(weights: Tensor, features: Tensor, labels: Tensor) -> float:
    return float((_logits(weights, features).argmax(dim=1) == labels).float().mean())
