"""The GPU box: image, Compose file, secrets."""
