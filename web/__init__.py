"""HTTP, WebRTC, RTVI and the command line; the composition root that wires everything."""
