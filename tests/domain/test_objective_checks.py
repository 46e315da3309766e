from sslstudio.domain.check import check
from sslstudio.domain.edits import with_value
from sslstudio.domain.recipe import DataSpec
from sslstudio.services.presets import load_presets


def test_hiding_patches_needs_an_encoder_over_patches_and_the_fix_gives_it(catalog):
    preset = next(preset for preset in load_presets() if preset.id == "mae")
    recipe = preset.recipe_for(catalog, DataSpec(), "cpu")
    assert check(recipe) == ()
    wrong = with_value(recipe, "encoder", "convnet", catalog.kinds)
    (problem,) = check(wrong)
    assert (problem.path, problem.severity) == ("encoder", "error")
    ((path, value),) = problem.fix.edits
    assert check(with_value(wrong, path, value, catalog.kinds)) == ()


def test_a_patch_as_large_as_a_view_leaves_nothing_to_hide(catalog):
    preset = next(preset for preset in load_presets() if preset.id == "mae")
    recipe = preset.recipe_for(catalog, DataSpec(size=16), "cpu")
    wrong = with_value(recipe, "encoder.patch", 16, catalog.kinds)
    (problem,) = check(wrong)
    assert problem.path == "encoder.patch"
    ((path, value),) = problem.fix.edits
    assert check(with_value(wrong, path, value, catalog.kinds)) == ()


def test_an_objective_whose_settings_exclude_each_other_is_reported(catalog):
    preset = next(preset for preset in load_presets() if preset.id == "autoencoder")
    recipe = preset.recipe_for(catalog, DataSpec(), "cpu")
    assert check(recipe) == ()
    (problem,) = check(with_value(recipe, "objective.emphasis", 1.0, catalog.kinds))
    assert problem.path == "objective.emphasis"
