"""The subcommands of `flux-voice`, one module each."""
