import pytest
from PySide6.QtCore import QRectF, QSizeF

from sslstudio.domain.moves import placed, unlinked
from sslstudio.gui.design.drawing import draw_figure
from sslstudio.gui.design.layout import lay_out
from sslstudio.gui.design.source import Estimate
from sslstudio.services.presets import load_presets

PRESETS = [preset.id for preset in load_presets()]


def edges(figure):
    return {(edge.start.split("@")[0], edge.end.split("@")[0]): edge for edge in figure.edges}


def test_gradient_flows_through_both_branches_of_simclr(recipe_of, catalog):
    figure = draw_figure(recipe_of("simclr"), catalog)
    assert all(edge.gradient for edge in figure.edges)
    assert [edge.stop for edge in figure.edges if edge.stop] == ["lifted"]
    assert [block.title for block in figure.meeting] == ["Similarity", "Loss"]


def test_no_gradient_flows_through_the_target_of_byol(recipe_of, catalog):
    figure = draw_figure(recipe_of("byol"), catalog)
    drawn = edges(figure)
    assert drawn["encoder", "objective.projector"].gradient
    assert not drawn["objective.target", "objective.projector"].gradient
    assert [edge.stop for edge in figure.edges if edge.stop] == ["fixed"]
    assert "objective.predictor" in [block.key for block in figure.online]


def test_a_missing_predictor_is_a_place_to_add_one(recipe_of, catalog):
    figure = draw_figure(recipe_of("simclr"), catalog)
    assert figure.addition is not None
    assert figure.addition.title == "+ predictor"
    assert "objective.predictor" not in [block.key for block in figure.online]
    assert draw_figure(recipe_of("byol"), catalog).addition is None


def test_a_loss_that_does_not_compare_has_no_similarity_block(recipe_of, catalog):
    figure = draw_figure(recipe_of("vicreg"), catalog)
    assert [block.title for block in figure.meeting] == ["Loss"]


def test_one_pipeline_for_two_views_is_drawn_as_two_linked_cards(recipe_of, catalog):
    recipe = recipe_of("simclr")
    figure = draw_figure(recipe, catalog)
    assert [(card.title, card.path) for card in figure.cards] == [
        ("View A", "views.0"),
        ("View B", "views.0"),
    ]
    assert figure.link == "linked"
    apart = draw_figure(unlinked(recipe), catalog)
    assert [card.path for card in apart.cards] == ["views.0", "views.1"]
    assert apart.link == "apart"


def test_a_task_is_drawn_from_its_own_words(recipe_of, catalog):
    figure = draw_figure(recipe_of("rotation"), catalog)
    assert figure.target == figure.meeting == ()
    assert [block.title for block in figure.online] == ["Encoder", "Rotation prediction", "Loss"]
    assert "quarter turns" in figure.online[1].subtitle


def test_an_encoder_that_is_computed_carries_no_gradient(recipe_of, catalog):
    figure = draw_figure(recipe_of("pca"), catalog)
    assert not any(edge.gradient for edge in figure.edges)
    assert "Loss" not in [block.title for block in figure.online]


def test_the_dry_run_writes_shapes_and_times_into_the_figure(recipe_of, catalog):
    estimate = Estimate(
        seconds=60,
        memory_bytes=1,
        views_per_second=1,
        parameters=1,
        shapes={"encoder": "512"},
        milliseconds={"encoder": 12.5},
        block_parameters={"encoder": 11_170_000},
    )
    figure = draw_figure(recipe_of("simclr"), catalog, estimate)
    drawn = edges(figure)
    assert drawn["views.0", "encoder"].label == "3·32·32"
    assert drawn["encoder", "objective.projector"].label == "512"
    assert figure.kept.title == "representation h · 512, kept"
    assert figure.online[0].subtitle == "ResNet-18 · 11.2\N{NO-BREAK SPACE}M"
    assert figure.online[0].milliseconds == 12.5


def test_many_views_get_a_card_for_each_pipeline(recipe_of, catalog):
    recipe = recipe_of("simclr")
    view = recipe.views[0]
    small = view.model_copy(update={"copies": 6, "size": 16})
    crops = placed(recipe, "views", (view, small))
    figure = draw_figure(crops, catalog)
    assert [(card.title, card.subtitle) for card in figure.cards] == [
        ("View A", "2 × 32 px"),
        ("View B", "6 × 16 px"),
    ]
    assert figure.link == ""
    four = draw_figure(placed(recipe, "views.0.copies", 4), catalog)
    assert [card.title for card in four.cards] == ["View A", "Views B-D"]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("stage", [(640, 443), (712, 443), (1352, 720)])
def test_nothing_is_clipped_and_nothing_overlaps(recipe_of, catalog, name, stage):
    figure = draw_figure(recipe_of(name), catalog)
    placement = lay_out(figure, QSizeF(*stage))
    whole = QRectF(0, 0, *stage)
    boxes = [placement.rects[card.key] for card in figure.cards]
    boxes += [placement.rects[block.key] for block in figure.blocks]
    for number, box in enumerate(boxes):
        assert whole.contains(box)
        assert not any(box.intersects(other) for other in boxes[number + 1 :])
    for card in figure.cards:
        pills = [placement.rects[pill.key] for pill in card.pills]
        for number, pill in enumerate(pills):
            assert placement.rects[card.key].contains(pill)
            assert not any(pill.intersects(other) for other in pills[number + 1 :])


def test_a_dozen_operations_still_fit_their_card(recipe_of, catalog):
    recipe = unlinked(recipe_of("simclr"))
    many = recipe.views[0].pipeline[:3] * 4
    figure = draw_figure(placed(recipe, "views.0.pipeline", many), catalog)
    placement = lay_out(figure, QSizeF(712, 443))
    card = figure.cards[0]
    pills = [placement.rects[pill.key] for pill in card.pills]
    assert len(pills) == 12
    assert all(placement.rects[card.key].contains(pill) for pill in pills)
