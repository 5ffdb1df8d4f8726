"""OpenAPI descriptions as contracts: read, and exercised with requests that are made up from them."""
