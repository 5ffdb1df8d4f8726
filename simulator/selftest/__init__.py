"""The tool against what is known: a server that misbehaves exactly, its own log, and both beside each other."""
