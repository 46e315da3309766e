"""Forms that build themselves from the fields of a spec."""
