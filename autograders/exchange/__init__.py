"""The server's side of the exchange: releases, resumable uploads, submissions, feedback. No web framework in here."""
from autograders.exchange.blobs import Blobs
from autograders.exchange.courses import Courses
from autograders.exchange.service import Exchange
from autograders.exchange.uploads import Progress, Uploads

__all__ = ["Blobs", "Courses", "Exchange", "Progress", "Uploads"]
