"""What is to be learnt: tracks, modules, their notebooks, and the rule by which outcomes make an award."""
