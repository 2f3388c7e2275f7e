"""One conversation: audio in, turns, replies, audio out; knows no HTTP, WebRTC, SQL or engine names."""
