"""Audit reports: one module each, one interface. Page and file show the same rows; no report holds case text."""
