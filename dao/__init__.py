"""Persistence: records, REST service, client, migrations; the only thing that touches the database."""
