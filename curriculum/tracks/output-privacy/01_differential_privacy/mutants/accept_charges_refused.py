# fails: test_accept
# why: charges refused requests too
def accept(requests, budget):
    spent, decisions = {}, []
    for table, group, epsilon in requests:
        groups = spent.setdefault(table, {})
        groups[group] = groups.get(group, 0) + epsilon
        decisions.append(sum(max(parts.values()) for parts in spent.values()) <= budget + 1e-9)
    return decisions
