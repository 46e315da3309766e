"""Projectors and predictors."""
