"""OpenAI's audio API on the box's own engines: recordings to text, text to speech."""
