from sslstudio.domain.slots import pipeline_paths, slots_of
from sslstudio.domain.spec import AugmentationSpec, ProjectorSpec
from tests.domain.toys import Head, Nested, Paint, recipe_with


def test_every_place_for_a_part_is_found_whatever_it_is_called_and_however_deep():
    objective = Nested(spoiling=(Paint(), Paint()), crowns=(Head(width=1), Head(width=2)))
    slots = {slot.path: slot for slot in slots_of(objective, "objective")}
    assert list(slots) == [
        "objective.spoiling",
        "objective.crowns",
        "objective.extra",
        "objective.task",
        "objective.task.head",
    ]
    assert slots["objective.spoiling"].is_pipeline
    assert slots["objective.spoiling"].item is AugmentationSpec
    assert not slots["objective.crowns"].is_pipeline
    assert [(path, part.width) for path, part in slots["objective.crowns"].parts()] == [
        ("objective.crowns.0", 1),
        ("objective.crowns.1", 2),
    ]
    assert slots["objective.extra"].item is ProjectorSpec
    assert slots["objective.extra"].parts() == ()
    assert slots["objective.task.head"].parts() == (("objective.task.head", Head()),)


def test_pipelines_of_views_come_before_those_of_the_objective():
    recipe = recipe_with([], [], objective=Nested())
    assert pipeline_paths(recipe) == (
        "views.0.pipeline",
        "views.1.pipeline",
        "objective.spoiling",
    )
