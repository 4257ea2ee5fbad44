"""HOW WELL WE UNDERSTAND: measures the trained assistant on labelled messages that it has never seen."""
