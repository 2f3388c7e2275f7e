"""The owner's console: what runs, what was said, how the engines stand, and what is to be deleted."""
