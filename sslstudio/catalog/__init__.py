"""Every choice a recipe can make, one file each."""
