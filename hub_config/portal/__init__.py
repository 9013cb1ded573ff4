"""The pages after sign-in and the learner's exchange: server-rendered, no script needed, small enough for a slow line."""
