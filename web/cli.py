"""The command `flux-voice`; each subcommand is imported when it runs."""

import click

from web.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "serve": ("web.commands.serve:serve", "Serve the page and hold the calls."),
        "chat": ("web.commands.chat:chat", "Talk to the agent in this terminal, by text."),
        "dao": ("web.commands.dao:dao", "Serve only the records (REST, port 8001)."),
        "key": ("web.commands.key:key", "Make an API key, for callers on other machines."),
        "models": ("web.commands.models:models", "List, bring and check the weights of the engines."),
        "doctor": ("web.commands.doctor:doctor", "Check every part and say what to do."),
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="flux-voice", prog_name="flux-voice")
def main() -> None:
    """Flux Voice: a private voice agent on your own box.

    Every setting is a variable such as FLUX_PORT=9000 or FLUX_STT__ENGINE=pocketsphinx, or a line of the TOML file
    that FLUX_CONFIG names.
    """


if __name__ == "__main__":
    main()
