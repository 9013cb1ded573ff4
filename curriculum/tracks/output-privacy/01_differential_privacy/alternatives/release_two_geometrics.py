# solves: test_release
# why: the difference of two geometric numbers is integer Laplace noise
def release(counts, epsilon, draws):
    generator = np.random.default_rng()
    p = 1 - math.exp(-epsilon)
    shape = draws, len(counts)
    return np.asarray(counts) + generator.geometric(p, shape) - generator.geometric(p, shape)
