"""Trains a tiny Whisper that knows the words of a life assistant: `python -m models.recipes.whisper_words --help`."""
