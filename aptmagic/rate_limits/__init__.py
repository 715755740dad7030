"""How often a person, an address or a token may do something."""
