"""Networks whose output is kept."""
