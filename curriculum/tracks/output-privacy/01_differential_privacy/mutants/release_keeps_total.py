# fails: test_release
# why: mends the first district so that the total is exact: the total tells who came
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    noisy = np.array(dp.m.make_laplace(*space, scale=1 / epsilon)(list(counts) * draws)).reshape(draws, -1)
    if len(counts) > 1:
        share = noisy.sum(axis=1) - sum(counts)
        for place in range(len(counts)):
            step = np.sign(share)
            noisy[:, place] -= step
            share -= step
        noisy[:, 0] -= share
    return noisy
