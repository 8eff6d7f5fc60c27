"""Procedures as data: the vocabulary, the shipped TOML files, and how they are loaded, drawn and published."""
