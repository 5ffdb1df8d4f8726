"""What a report costs: how long it takes to make, how large it is, how soon a browser shows it."""
