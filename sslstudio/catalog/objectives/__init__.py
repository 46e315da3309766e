"""Tasks that training solves."""
