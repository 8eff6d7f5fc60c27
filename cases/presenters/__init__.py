"""Words, colours, links and buttons made ready for templates: presenters decide, templates place."""
