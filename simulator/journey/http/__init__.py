"""The HTTP client of API users: lean where nearly every answer goes, through well-trodden libraries elsewhere."""
