"""The portal's routes, a module a subject; each module has a ``router``."""
