# fails: test_release
# why: draws noise for fifty releases only and repeats them: not independent, and soon averaged away
def release(counts, epsilon, draws):
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    some = np.array(dp.m.make_laplace(*space, scale=1 / epsilon)(list(counts) * 50)).reshape(50, -1)
    return np.resize(some, (draws, len(counts)))
