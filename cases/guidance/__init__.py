"""Help at the moment it is needed: a page for each role, what words mean, where prompts come from, what is unclear."""
