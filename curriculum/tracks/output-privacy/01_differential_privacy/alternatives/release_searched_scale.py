# solves: test_release
# why: lets the library find the smallest scale that keeps epsilon
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    scale = dp.binary_search_param(lambda s: dp.m.make_laplace(*space, scale=s), d_in=1, d_out=epsilon)
    noisy = dp.m.make_laplace(*space, scale=scale)([int(count) for count in counts] * draws)
    return np.array(noisy, dtype=np.int64).reshape((draws, len(counts)))
