# fails: test_release
# why: leaves an empty district almost as it is: the first person there is seen at once
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    noisy = np.array(dp.m.make_laplace(*space, scale=1 / epsilon)(list(counts) * draws)).reshape(draws, -1)
    faint = np.array(dp.m.make_laplace(*space, scale=0.5)(list(counts) * draws)).reshape(draws, -1)
    return np.where(np.array(counts) == 0, faint, noisy)
