"""The composition root: plugs curriculum, autograders and certification into JupyterHub. May import all; nobody imports it."""
