"""Random operations on a batch of images."""
