"""`flux-voice key`: a new API key and the setting that makes it known."""

import json

import click


@click.command()
@click.option("--tenant", default="default", show_default=True, help="Whose records callers with this key have.")
def key(tenant: str) -> None:
    """Make an API key, which is needed to begin sessions from other machines.

    The server keeps only its hash. Give the key to your reverse proxy or backend, which sends it as X-Api-Key.
    """
    from pydantic import ValidationError

    from web.auth import new_key
    from web.auth_settings import ApiKey

    made, sha256 = new_key()
    try:
        ApiKey(sha256=sha256, tenant=tenant)
    except ValidationError as error:
        raise click.ClickException(f"--tenant: {error.errors()[0]['msg']}") from error
    click.echo(f"The key, shown only now:  {made}")
    click.echo(f"The setting:              FLUX_AUTH__KEYS='{json.dumps([{'sha256': sha256, 'tenant': tenant}])}'")
