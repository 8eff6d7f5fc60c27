"""Learning that comes back: items, decisions, good practice recognised, and reflective accounts of one's own."""
