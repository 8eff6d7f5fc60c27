"""Every write to a case. Each action is keyword-only, names the person as `by`, and needs its `audit`."""
