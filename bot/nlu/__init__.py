"""How we understand: Rasa pipeline components, one a file."""
