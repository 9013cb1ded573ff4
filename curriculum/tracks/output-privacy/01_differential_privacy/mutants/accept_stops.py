# fails: test_accept
# why: refuses everything after the first refusal
def accept(requests, budget):
    spent, decisions, closed = {}, [], False
    for table, group, epsilon in requests:
        groups = spent.setdefault(table, {})
        groups[group] = groups.get(group, 0) + epsilon
        closed = closed or sum(max(parts.values()) for parts in spent.values()) > budget + 1e-9
        decisions.append(not closed)
    return decisions
