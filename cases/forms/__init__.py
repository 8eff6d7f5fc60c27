"""Forms of cases: one module per group of pages. Widgets and errors come from `escalation.forms`."""
