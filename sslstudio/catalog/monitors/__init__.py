"""Measurements of the embeddings, taken while training runs."""
