"""The demonstration: a fictional partnership, its people, and disagreements in every state."""
