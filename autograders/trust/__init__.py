"""How far an assessment's tests may be trusted: wrong answers of many kinds, right answers many times, and a label with limits."""
