"""HTTP routes, one concern each."""
