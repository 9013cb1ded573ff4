"""What runs inside the examiner's sandboxes: the fork server, L (the learner's code) and T (the tests).

Bound read-only and run by the learner environment's interpreter, so it imports the standard library only; numpy, pandas
and IPython are used when that environment has them. Nothing here is trusted once it runs in L: the learner's code lives
in the same process. T believes nothing that comes from L but plain values of exact types.
"""
