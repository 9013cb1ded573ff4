# solves: test_accept
# why: keeps a running total and adds only what a table's dearest group grows by
def accept(requests, budget):
    groups, dearest, total, decisions = {}, {}, 0.0, []
    for table, group, epsilon in requests:
        own = groups.get((table, group), 0.0) + epsilon
        growth = max(0.0, own - dearest.get(table, 0.0))
        if total + growth <= budget + 1e-9:
            groups[table, group] = own
            dearest[table] = max(own, dearest.get(table, 0.0))
            total += growth
            decisions.append(True)
        else:
            decisions.append(False)
    return decisions
