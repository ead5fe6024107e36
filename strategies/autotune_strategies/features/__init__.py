"""Features: what is made of coordinates before a model sees them."""
