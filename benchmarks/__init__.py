"""What is measured, and how: each module is a command, its results lie in `results/`."""
