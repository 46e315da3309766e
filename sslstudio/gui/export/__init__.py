"""The Export workspace: a trained encoder leaves, checked against the original."""
