"""The steps of the pipeline, one a module. `autograders.pipeline.STEPS` says in which order they run."""
