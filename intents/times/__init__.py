"""The grammar behind `intents.when`: pieces of spoken time, each kind in its own module."""
