"""What the answers to API users have to do with contracts: checked against them, or collected into them."""
