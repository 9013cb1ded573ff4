# solves: test_accept
# why: exact decimals as fractions; the cost recomputed from all accepted requests
def accept(requests, budget):
    from fractions import Fraction
    kept, decisions = [], []
    for request in requests:
        trial = kept + [request]
        cost = Fraction(0)
        for table in {name for name, _, _ in trial}:
            parts = {}
            for name, group, epsilon in trial:
                if name == table:
                    parts[group] = parts.get(group, 0) + Fraction(str(epsilon))
            cost += max(parts.values())
        fits = cost <= Fraction(str(budget))
        decisions.append(fits)
        if fits:
            kept = trial
    return decisions
