"""The server side of Deepgram's Voice Agent protocol (v1) over our own conversation."""
