"""How we decide: pure functions over plain data."""
