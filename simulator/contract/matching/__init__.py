"""Does what was sent keep what a contract says? The matching of the Pact specification (versions 3 and 4), on values."""
