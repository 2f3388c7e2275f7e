"""`flux-voice key`: a new API key and the setting that makes it known."""

import json

import click


@click.command()
@click.option("--tenant", default="default", show_default=True, help="Whose records callers with this key have.")
@click.option("--admin", is_flag=True, help="Make the key of the server's owner, which opens the console.")
def key(tenant: str, admin: bool) -> None:
    """Make an API key, which is needed to begin sessions from other machines.

    The server keeps only its hash. Give the key to your reverse proxy or backend, which sends it as X-Api-Key. The key
    made with --admin is another one: it opens the console with the records of all tenants, and begins no sessions.
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
    if admin:
        click.echo(f"The setting:              FLUX_AUTH__ADMIN_KEY={sha256}")
        return
    click.echo(f"The setting:              FLUX_AUTH__KEYS='{json.dumps([{'sha256': sha256, 'tenant': tenant}])}'")
