"""nbgrader in a learner's server: its exchange is the academy's, and a course's folder is part of an assignment's path."""
c = get_config()  # noqa: F821 - given by traitlets

for name in ("Exchange", "FetchAssignment", "FetchFeedback", "ReleaseAssignment", "ReleaseFeedback", "List", "Submit", "Collect"):
    setattr(c.ExchangeFactory, {"Exchange": "exchange", "FetchAssignment": "fetch_assignment", "FetchFeedback": "fetch_feedback",
                                "ReleaseAssignment": "release_assignment", "ReleaseFeedback": "release_feedback", "List": "list",
                                "Submit": "submit", "Collect": "collect"}[name], f"academy_learner.exchange.{name}")
c.Exchange.path_includes_course = True
