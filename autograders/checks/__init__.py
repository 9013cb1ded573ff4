"""Building blocks that instructors import in hidden tests: budgets of error, privacy audits, utility bands, guards.

They run inside T, in the learner environment's interpreter: standard library and numpy only. Every block returns a
value or a bool for the instructor to assert on with a message of their own; none of them raises to say "wrong".

Rules for statistical checks
- Each check has a budget: the chance that it fails a right answer (at most 1 in 1,000, all its parts together) is
  stated and measured, and so is the chance that it finds an answer wrong by half.
- A check fails only if two of two independent runs fail (`budgets.two_of_two`).
- Privacy and utility are asserted in one task: an answer of zeros is perfectly private.
"""
