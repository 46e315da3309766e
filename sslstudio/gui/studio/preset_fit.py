"""Keeps a preset that nobody has edited fitted to the images that are open."""

from __future__ import annotations

from sslstudio.domain.recipe import DataSpec, Recipe
from sslstudio.gui.studio.bench import Equipment, OpenImages
from sslstudio.services.presets import Preset, find_recipe


def made_for(preset: Preset, data: DataSpec, equipment: Equipment, opened: OpenImages) -> Recipe:
    """Return a preset for this machine and these images, and for their number where it is known."""
    return preset.recipe_for(equipment.catalog, data, equipment.device, opened.facts_of(data))


class PresetFit:
    """Tells whether a recipe is a preset as it came, and makes it anew for other images."""

    def __init__(self, equipment: Equipment, opened: OpenImages) -> None:
        self._equipment, self._opened = equipment, opened
        self._remembered: Recipe | None = None

    def remembered(self, recipe: Recipe) -> Recipe:
        """Return the last sitting's recipe or a file's, whose batch somebody may have chosen."""
        self._remembered = recipe
        return recipe

    def found(self, name: str, data: DataSpec | None) -> Recipe:
        """Return a preset or a recipe file, as it is before its images are open."""
        recipe = find_recipe(name, self._equipment.catalog, data, self._equipment.device)
        is_preset = any(preset.id == name for preset in self._equipment.presets)
        return recipe if is_preset else self.remembered(recipe)

    def is_untouched(self, recipe: Recipe) -> bool:
        """Return whether a recipe is a preset as it came, but for name, seed and budget."""
        unknown = self._opened.facts_of(recipe.data) is None
        if self._preset(recipe) is None or (unknown and recipe == self._remembered):
            return False
        return self.again(recipe, recipe.data) == recipe

    def again(self, recipe: Recipe, data: DataSpec) -> Recipe:
        """Return the recipe's preset as it comes for these images, with its name and budget."""
        preset = self._preset(recipe)
        if preset is None:
            return recipe.model_copy(update={"data": data})
        fresh = made_for(preset, data, self._equipment, self._opened)
        training = fresh.training.model_copy(update={"budget": recipe.training.budget})
        own = {"name": recipe.name, "seed": recipe.seed, "training": training}
        return fresh.model_copy(update=own)

    def _preset(self, recipe: Recipe) -> Preset | None:
        return next((p for p in self._equipment.presets if p.id == recipe.preset), None)
