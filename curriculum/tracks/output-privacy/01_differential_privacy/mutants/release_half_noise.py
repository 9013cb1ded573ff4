# fails: test_release
# why: two thirds of the noise needed: epsilon is 1.5 times the claim
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = dp.m.make_laplace(*space, scale=1 / (1.5 * epsilon))
    return np.array(mechanism(list(counts) * draws)).reshape(draws, -1)
