"""Pages from values: everything here is made from a stored run alone."""
