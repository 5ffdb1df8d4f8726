"""Whether what came keeps what a contract says: the matching of the Pact specification, versions 3 and 4, on values."""
