# solves: test_release
# why: one release at a time with the chained constructor
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = space >> dp.m.then_laplace(scale=1 / epsilon)
    counts = [int(count) for count in counts]
    return np.array([mechanism(counts) for _ in range(draws)])
