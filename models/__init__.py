"""Engines: each file wraps one speech or language engine behind a small protocol."""
