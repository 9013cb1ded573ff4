# fails: test_release
# why: adds the same noise to all districts: differences between them are exact
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    noise = dp.m.make_laplace(*space, scale=1 / epsilon)([0] * draws)
    return np.array(counts)[None, :] + np.array(noise)[:, None]
