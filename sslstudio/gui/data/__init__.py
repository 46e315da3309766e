"""The Data workspace: which images, how many, of what, at which resolution."""
