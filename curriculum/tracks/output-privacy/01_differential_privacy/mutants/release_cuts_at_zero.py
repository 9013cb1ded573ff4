# fails: test_release
# why: cuts negative results, so empty districts grow on average
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    noisy = dp.m.make_laplace(*space, scale=1 / epsilon)(list(counts) * draws)
    return np.maximum(np.array(noisy).reshape(draws, -1), 0)
