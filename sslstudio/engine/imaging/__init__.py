"""Random operations on whole batches of images, as plain tensor arithmetic."""
