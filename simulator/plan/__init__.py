"""What shall happen: who the users are, how much load, for how long, where. Knows nothing of the running."""
