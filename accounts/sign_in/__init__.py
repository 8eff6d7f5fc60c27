"""How people prove who they are: passwords, second factors, organisations' own sign-in, and how long that lasts."""
