# fails: test_release
# why: splits epsilon over districts that have nobody in common: private, but nine times the noise
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = dp.m.make_laplace(*space, scale=len(counts) / epsilon)
    return np.array(mechanism(list(counts) * draws)).reshape(draws, -1)
