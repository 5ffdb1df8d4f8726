"""Virtual services: stand-ins for what a system depends on, from stubs or a recording, with latency and faults."""
