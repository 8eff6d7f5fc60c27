"""Pages about people, one module for each group of them."""
