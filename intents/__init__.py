"""What an agent can do: tool schemas, validation, handlers; knows no audio, engine or HTTP server."""
