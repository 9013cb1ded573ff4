# fails: test_release
# why: uses scale 1 whatever epsilon is
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = dp.m.make_laplace(*space, scale=1.0)
    return np.array(mechanism(list(counts) * draws)).reshape(draws, -1)
