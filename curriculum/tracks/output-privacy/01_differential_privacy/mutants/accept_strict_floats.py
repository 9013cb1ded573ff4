# fails: test_accept
# why: compares floats without allowing for rounding: three times 0.1 does not fit into 0.3
def accept(requests, budget):
    spent, decisions = {}, []
    for table, group, epsilon in requests:
        groups = spent.setdefault(table, {})
        before = groups.get(group, 0)
        groups[group] = before + epsilon
        decisions.append(sum(max(parts.values()) for parts in spent.values()) <= budget)
        if not decisions[-1]:
            groups[group] = before
    return decisions
