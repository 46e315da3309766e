"""The Design workspace: a recipe drawn as a figure that can be taken apart."""
