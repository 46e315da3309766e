from __future__ import annotations

import math

import lightly.loss
import pytest
import torch

from sslstudio.catalog.losses.dino import Dino, DinoSpec
from sslstudio.catalog.targets.momentum import MomentumSpec
from sslstudio.catalog.targets.same import SameSpec
from sslstudio.catalog.targets.stop_gradient import StopGradientSpec
from sslstudio.domain.errors import StudioError
from sslstudio.engine.sinkhorn import balanced_codes
from tests.catalog.losses.clouds import anchor, random_views, terms, value
from tests.catalog.losses.wirings import wiring


def dino(outputs: int, **fields) -> Dino:
    return Dino(DinoSpec(**fields), outputs)


def softmax(row):
    top = max(row)
    exponentials = [math.exp(x - top) for x in row]
    return [x / sum(exponentials) for x in exponentials]


def by_the_book(students, teachers, centre, student_temperature=0.1, teacher_temperature=0.04):
    """Return algorithm 1's cross-entropy as loops over different views, images and outputs."""
    total, count = 0.0, 0
    for a, student in enumerate(students):
        for b, teacher in enumerate(teachers):
            if a == b:
                continue
            for s, t in zip(student.tolist(), teacher.tolist(), strict=True):
                wanted = softmax(
                    [(x - c) / teacher_temperature for x, c in zip(t, centre, strict=True)]
                )
                answer = softmax([x / student_temperature for x in s])
                total -= sum(p * math.log(q) for p, q in zip(wanted, answer, strict=True))
                count += 1
    return total / count


@pytest.mark.parametrize(("students", "teachers"), [(2, 2), (4, 2), (3, 1)])
def test_it_is_the_papers_formula_over_pairs_of_different_views(students, teachers):
    queries = random_views(students, 5, 4)
    targets = random_views(teachers, 5, 4, seed=1)
    criterion = dino(4)
    criterion.centre.copy_(torch.tensor([0.1, -0.2, 0.3, 0.0]))
    expected = by_the_book(queries, targets, criterion.centre.tolist())
    assert value(criterion, queries, targets) == pytest.approx(expected, rel=1e-4)


def test_it_equals_lightlys_step_after_step():
    criterion = dino(8, teacher_temperature=0.04, first_teacher_temperature=0.04)
    reference = lightly.loss.DINOLoss(output_dim=8)
    for seed in range(4):
        queries = random_views(4, 16, 8, seed=seed)
        targets = [0.3 + view for view in random_views(2, 16, 8, seed=10 + seed)]
        expected = float(reference(list(targets), list(queries)))
        assert value(criterion, queries, targets) == pytest.approx(expected, rel=1e-5)
        criterion.after_step(0.5)
        assert torch.allclose(criterion.centre, reference.center.flatten(), atol=1e-6)


def test_cross_entropy_is_the_teachers_entropy_and_the_divergence():
    queries, targets = random_views(3, 6, 5), random_views(2, 6, 5, seed=1)
    found = terms(dino(5), queries, targets)
    sharp = [(view / 0.04).softmax(dim=1) for view in targets]
    entropy = [float(torch.special.entr(p).sum(dim=1).mean()) for p in sharp]
    # Both global views meet two other views each.
    assert float(found["teacher entropy"]) == pytest.approx(sum(entropy) / 2, rel=1e-4)
    whole = float(found["teacher entropy"] + found["divergence"])
    assert whole == pytest.approx(float(found["loss"]), rel=1e-6)
    assert float(found["divergence"]) > 0.0


def test_the_centre_follows_outputs_before_the_temperature_and_after_the_step():
    criterion = dino(4, centre_momentum=0.75)
    targets = random_views(2, 8, 4, seed=1)
    mean = torch.cat(targets).mean(dim=0)
    before = value(criterion, random_views(2, 8, 4), targets)
    assert value(criterion, random_views(2, 8, 4), targets) == before
    assert not criterion.centre.any()
    criterion.after_step(0.1)
    assert torch.allclose(criterion.centre, 0.25 * mean, atol=1e-6)


def test_the_teachers_temperature_warms_up_over_its_share_of_the_budget():
    criterion = dino(4, warmup=0.4)
    seen = []
    for progress in (0.0, 0.2, 0.4, 0.9):
        criterion.after_step(progress)
        seen.append(float(criterion.temperature))
    assert seen == pytest.approx([0.04, 0.055, 0.07, 0.07])
    at_once = dino(4, warmup=0.0)
    assert float(at_once.temperature) == pytest.approx(0.07)


def test_the_teacher_gets_no_gradient_whatever_branch_it_comes_from():
    queries = [view.requires_grad_() for view in random_views(2, 6, 4)]
    targets = [view.requires_grad_() for view in random_views(2, 6, 4, seed=1)]
    terms(dino(4), queries, targets)["loss"].backward()
    assert all(float(view.grad.abs().sum()) > 0 for view in queries)
    assert all(view.grad is None for view in targets)


def test_one_view_is_refused():
    with pytest.raises(StudioError, match="one view only"):
        value(dino(4), random_views(1, 6, 4))


def test_landmarks():
    assert anchor(dino(4), "ln 4", 8, 2, 4) == pytest.approx(math.log(4))
    flat = (torch.zeros(6, 4), torch.zeros(6, 4))
    found = terms(dino(4), flat)
    assert float(found["loss"]) == pytest.approx(math.log(4))
    uniform = anchor(dino(4), "uniform", 8, 2, 4, term="teacher entropy")
    assert float(found["teacher entropy"]) == pytest.approx(uniform)
    assert float(found["divergence"]) == pytest.approx(0.0, abs=1e-6)


def follow(criterion: Dino, steps: int = 300) -> dict[str, float]:
    """Let an offset shared by all images learn from its own moving average."""
    torch.manual_seed(0)
    images = 0.1 * torch.randn(64, 16)
    offset = (0.05 * torch.randn(16)).requires_grad_()
    slow = offset.detach().clone()
    optimizer = torch.optim.SGD([offset], lr=0.02)
    found = {}
    for step in range(steps):
        optimizer.zero_grad()
        found = terms(criterion, (offset + images,) * 2, (slow + images,) * 2)
        found["loss"].backward()
        optimizer.step()
        slow.lerp_(offset.detach(), 0.1)
        criterion.after_step(step / steps)
    winners = (slow + images - criterion.centre).argmax(dim=1).bincount(minlength=16)
    return {
        "entropy": float(found["teacher entropy"]),
        "divergence": float(found["divergence"]),
        "winner": float(winners.max()) / len(images),
    }


def test_without_centring_one_output_wins_and_the_entropy_falls():
    whole, broken = follow(dino(16)), follow(dino(16, centre_momentum=1.0))
    assert broken["winner"] == 1.0
    assert broken["entropy"] < 0.05
    assert whole["winner"] < 0.25
    assert whole["entropy"] > 0.5


def test_without_sharpening_the_entropy_rises_to_ln_k():
    blunt = follow(dino(16, teacher_temperature=1.0, first_teacher_temperature=1.0))
    assert blunt["entropy"] == pytest.approx(math.log(16), abs=0.05)
    assert follow(dino(16))["entropy"] < 0.8 * math.log(16)


def test_its_doubts_name_teacher_centring_and_sharpening():
    def paths(spec, target):
        problems = list(spec.doubts(wiring(target, spec)))
        assert all(p.severity == "warning" and p.fix is not None for p in problems)
        return [problem.path for problem in problems]

    assert paths(DinoSpec(), MomentumSpec()) == []
    assert paths(DinoSpec(), SameSpec()) == ["objective.target"]
    assert paths(DinoSpec(), StopGradientSpec()) == ["objective.target"]
    unmoved = DinoSpec(centre_momentum=1.0)
    assert paths(unmoved, MomentumSpec()) == ["objective.loss.centre_momentum"]
    blunt = DinoSpec(teacher_temperature=0.2)
    assert paths(blunt, MomentumSpec()) == ["objective.loss.teacher_temperature"]


def test_images_are_sorted_by_the_students_own_answer():
    criterion = dino(4, student_temperature=0.2)
    criterion.centre.fill_(3.0)
    z = torch.randn(5, 4)
    expected = [[math.log(p) for p in softmax([x / 0.2 for x in row])] for row in z.tolist()]
    torch.testing.assert_close(criterion.cluster_scores(z), torch.tensor(expected))


def test_balanced_answers_are_codes_of_the_centred_teacher():
    queries, targets = random_views(2, 6, 4), random_views(2, 6, 4, seed=1)
    criterion = dino(4, iterations=3)
    criterion.centre.copy_(torch.tensor([0.1, -0.2, 0.3, 0.0]))
    codes = [
        balanced_codes(view - criterion.centre, epsilon=0.04, iterations=3) for view in targets
    ]
    student = [(view / 0.1).log_softmax(dim=1) for view in queries]
    expected = sum(-(codes[1 - a] * student[a]).sum(dim=1).mean() for a in (0, 1)) / 2
    assert value(criterion, queries, targets) == pytest.approx(float(expected), rel=1e-5)
    assert value(dino(4), queries, targets) != pytest.approx(float(expected), rel=1e-3)


def test_a_centre_that_stands_still_is_no_harm_where_answers_are_balanced():
    def words(**fields):
        spec = DinoSpec(centre_momentum=1.0, **fields)
        return [p.text for p in spec.doubts(wiring(MomentumSpec(), spec)) if "centr" in p.text]

    assert words()
    assert not words(iterations=3)
