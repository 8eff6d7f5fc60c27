"""Pages of a case: one module per group of pages."""
