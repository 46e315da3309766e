"""How weights move along their gradients."""
