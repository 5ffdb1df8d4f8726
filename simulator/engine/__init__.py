"""Makes users live: Locust's runner, the open model, and whatever hosts browsers."""
