"""Organisations' own sign-in (OpenID Connect): asked, checked, believed about their own people alone."""
