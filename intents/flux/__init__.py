"""Flux, the default agent: goals, tasks and reschedules."""
