"""The messages between master and workers, besides Locust's own."""

from __future__ import annotations

ORDER = "simulator_order"
"""To a worker: what to do (`Order`). It comes up and answers with `UP`."""

UP = "simulator_up"
"""To the master: ready to begin; with the reason when it is not."""

BEGIN = "simulator_begin"
"""To all workers: the load begins now."""

SHARE = "simulator_share"
"""To a worker: its share changes, from a second of the run on."""

STOP = "simulator_stop"
"""To all workers: end the run."""

RECEIVED = "simulator_received"
"""To a worker: every report up to this number is counted."""

KEY = "simulator"
"""Where a worker's reports lie in Locust's stats message."""
