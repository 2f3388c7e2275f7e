"""Scripts that make small models of the real formats, so that tests run the true loading and inference code."""
