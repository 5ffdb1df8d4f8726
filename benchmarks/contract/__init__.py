"""What contracts cost and how right they are."""
