from dataclasses import replace
from typing import Annotated, Literal

import pytest
from PySide6.QtCore import QRectF, QSizeF

from sslstudio.catalog.heads.mlp import MlpSpec
from sslstudio.domain.fields import Ui
from sslstudio.domain.moves import placed
from sslstudio.domain.spec import AugmentationSpec, ObjectiveSpec, ProjectorSpec
from sslstudio.domain.view_moves import unlinked
from sslstudio.gui.design.drawing import draw_figure
from sslstudio.gui.design.layers import Layer
from sslstudio.gui.design.layout import lay_out
from sslstudio.gui.design.source import Estimate, Outline, Timing
from sslstudio.services.presets import load_presets


class Strange(ObjectiveSpec):
    """Do something with parts that have names of their own."""

    kind: Literal["strange"] = "strange"
    spoiling: Annotated[tuple[AugmentationSpec, ...], Ui("Spoiling", "What is spoilt.")] = ()
    crowns: Annotated[tuple[ProjectorSpec, ...], Ui("Crowns", "Several heads.")] = ()


STRANGE = Strange(crowns=(MlpSpec(), MlpSpec()))
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
    titles = [block.title for block in figure.online]
    assert titles == ["Encoder", "Classifier", "Rotation prediction"]
    assert "quarter turns" in figure.online[2].subtitle


def test_a_painter_has_its_decoder_and_asks_for_the_images_themselves(recipe_of, catalog):
    figure = draw_figure(recipe_of("denoising-autoencoder"), catalog)
    assert [block.title for block in figure.online[:2]] == ["Encoder", "Decoder"]
    view, corruption = figure.cards
    assert (view.path, corruption.path) == ("views.0", "objective.corruption")
    assert corruption.pipeline == "objective.corruption"
    drawn = edges(figure)
    assert drawn["views.0", "objective.corruption"].gradient
    assert drawn["objective.corruption", "encoder"].gradient
    answers = drawn["views.0", figure.online[-1].key]
    assert not answers.gradient
    assert answers.label == "the image itself"


def test_a_memory_joins_from_below_without_a_gradient_and_a_generator_with_one(recipe_of, catalog):
    bank = draw_figure(recipe_of("npid"), catalog)
    assert [block.title for block in bank.target] == ["Bank"]
    assert not edges(bank)["objective.bank", bank.meeting[-1].key].gradient
    game = draw_figure(recipe_of("bigan"), catalog)
    assert [block.title for block in game.target] == ["Generator"]
    assert [block.title for block in game.meeting] == ["Discriminator", "BiGAN"]
    assert edges(game)["objective.generator", "objective.discriminator"].gradient


def test_an_objective_with_names_of_its_own_is_drawn_from_what_its_parts_are(recipe_of, catalog):
    figure = draw_figure(placed(recipe_of("simclr"), "objective", STRANGE), catalog)
    assert [block.path for block in figure.online] == [
        *("encoder", "objective.crowns.0", "objective.crowns.1", "objective"),
    ]
    assert [card.path for card in figure.cards] == ["views.0", "objective.spoiling"]


def test_more_heads_than_find_room_are_one_block_that_leads_to_the_task(recipe_of, catalog):
    many = STRANGE.model_copy(update={"crowns": STRANGE.crowns * 3})
    figure = draw_figure(placed(recipe_of("simclr"), "objective", many), catalog)
    assert [block.title for block in figure.online[1:]] == ["Crowns 1", "Crowns 2"]
    assert [block.title for block in figure.target] == ["Crowns 3", "3 parts", "strange"]
    assert figure.target[1].path == "objective"
    assert edges(figure)["objective.crowns.1", "objective.crowns.2"].gradient
    assert_clear(figure, (712, 443))


def test_views_that_are_the_answer_do_not_pass_through_the_encoder(recipe_of, catalog):
    task = STRANGE.model_copy(update={"crowns": ()})
    asking = type("Asking", (Strange,), {"beside": (("views.1", "loss"),)})
    recipe = placed(unlinked(recipe_of("simclr")), "objective", asking(**task.model_dump()))
    drawn = edges(draw_figure(recipe, catalog))
    assert ("views.1", "encoder") not in drawn
    assert drawn["views.1", "objective"].label == "the answer"
    assert not drawn["views.1", "objective"].gradient


def test_an_encoder_that_is_computed_carries_no_gradient(recipe_of, catalog):
    figure = draw_figure(recipe_of("pca"), catalog)
    assert not any(edge.gradient for edge in figure.edges)
    assert "Loss" not in [block.title for block in figure.online]


def test_the_dry_run_writes_shapes_and_times_into_the_figure(recipe_of, catalog):
    estimate = Estimate(
        outline=Outline(
            parameters=1,
            shapes={"encoder": "512"},
            block_parameters={"encoder": 11_170_000},
            layers=(Layer(name="encoder", width=512),),
        ),
        timing=Timing(
            seconds=60,
            memory_bytes=1,
            views_per_second=1,
            milliseconds={"encoder": 12.5, "views.0": 8.0},
        ),
    )
    figure = draw_figure(recipe_of("simclr"), catalog, estimate)
    drawn = edges(figure)
    assert drawn["views.0", "encoder"].label == "3·32·32"
    assert drawn["encoder", "objective.projector"].label == "512"
    assert figure.kept.title == "representation h · 512, kept"
    assert figure.online[0].subtitle == "ResNet-18 · 11.2\N{NO-BREAK SPACE}M"
    assert figure.online[0].milliseconds == 12.5
    assert [card.subtitle for card in figure.cards] == ["1 × 32 px · 4 ms"] * 2
    old = draw_figure(recipe_of("simclr"), catalog, replace(estimate, stale=True))
    assert old.online[0].milliseconds is None
    assert old.online[0].subtitle == figure.online[0].subtitle


def test_one_pipeline_may_draw_many_views(recipe_of, catalog):
    for copies, titles in (
        (4, ["View A", "Views B-D"]),
        (20, ["View A", "Views B-T"]),
        (40, ["View 1", "Views 2-40"]),
    ):
        figure = draw_figure(placed(recipe_of("simclr"), "views.0.copies", copies), catalog)
        assert [card.title for card in figure.cards] == titles
        assert [card.copies for card in figure.cards] == [1, copies - 1]


def multi_crop(recipe):
    view = recipe.views[0]
    small = view.model_copy(update={"copies": 6, "size": 16, "local": True})
    return placed(recipe, "views", (view, small))


def test_local_views_only_ask_and_global_ones_also_answer(recipe_of, catalog):
    figure = draw_figure(multi_crop(recipe_of("byol")), catalog)
    assert [(card.title, card.subtitle, card.copies) for card in figure.cards] == [
        ("Local views C-H", "6 × 16 px", 6),
        ("Global views A, B", "2 × 32 px", 2),
    ]
    assert figure.link == ""
    fed = sorted((e.start, e.end, e.gradient) for e in figure.edges if e.start.startswith("views"))
    assert fed == [
        ("views.0@A", "encoder", True),
        ("views.0@A", "objective.target", False),
        ("views.1@C", "encoder", True),
    ]


def test_three_pipelines_have_compact_cards_that_all_feed_the_encoder(recipe_of, catalog):
    recipe = multi_crop(unlinked(recipe_of("byol")))
    three = placed(recipe, "views", (recipe.views[0], *recipe.views))
    figure = draw_figure(three, catalog)
    assert [card.title for card in figure.cards] == ["Local C-H", "Global A", "Global B"]
    assert all(card.compact for card in figure.cards)
    starts = [edge.start for edge in figure.edges if edge.end == "encoder"]
    assert sorted(starts) == sorted(card.key for card in figure.cards)
    answers = [e.start for e in figure.edges if e.end == "objective.target" and "@" in e.start]
    assert sorted(answers) == ["views.0@A", "views.1@B"]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("stage", [(640, 443), (712, 443), (1352, 720)])
def test_nothing_is_clipped_and_nothing_overlaps(recipe_of, catalog, name, stage):
    assert_clear(draw_figure(recipe_of(name), catalog), stage)


@pytest.mark.parametrize("stage", [(640, 443), (712, 443), (1352, 720)])
@pytest.mark.parametrize("copies", [(2,), (20,), (2, 6), (1, 1, 6), (1, 1, 1, 1, 4)])
def test_any_number_of_views_finds_room(recipe_of, catalog, copies, stage):
    recipe = recipe_of("byol")
    views = tuple(
        recipe.views[0].model_copy(update={"copies": count, "local": number > 1 or count == 6})
        for number, count in enumerate(copies)
    )
    figure = draw_figure(placed(recipe, "views", views), catalog)
    assert_clear(figure, stage)


def test_a_stage_that_is_wide_enough_is_never_scrolled_sideways(recipe_of, catalog):
    figure = draw_figure(recipe_of("byol"), catalog)
    for width in range(540, 1400, 7):
        assert lay_out(figure, QSizeF(width, 443)).size.width() == width


def assert_clear(figure, stage):
    """Check that all pieces stand on the stage, which may be scrolled down, and apart."""
    placement = lay_out(figure, QSizeF(*stage))
    whole = QRectF(0, 0, stage[0], placement.size.height())
    boxes = [placement.rects[card.key] for card in figure.cards]
    boxes += [placement.rects[block.key] for block in (*figure.blocks, figure.more)]
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
