"""The verbs of the command line, one noun a module; each has a function ``register(app)``. Only these print and exit."""
