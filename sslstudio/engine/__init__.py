"""Torch code that trains, measures and exports; it knows no method, file or window."""
