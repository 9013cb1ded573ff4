"""nbgrader's eight exchange classes as clients of the academy's exchange, so that its Assignment List works here.

course_id is the track, assignment_id the module. Identity comes from this server's token and time from the academy, so
whatever nbgrader believes about user names and clocks does not matter. Releasing and collecting are done by the academy.
"""
from academy_learner.exchange.base import Exchange
from academy_learner.exchange.fetch import FetchAssignment, FetchFeedback
from academy_learner.exchange.listing import List
from academy_learner.exchange.staff import Collect, ReleaseAssignment, ReleaseFeedback
from academy_learner.exchange.submit import Submit

__all__ = ["Collect", "Exchange", "FetchAssignment", "FetchFeedback", "List", "ReleaseAssignment", "ReleaseFeedback", "Submit"]
