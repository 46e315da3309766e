"""Values and rules in plain Python: what a recipe is and what a run said."""
