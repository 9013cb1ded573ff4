# fails: test_release
# why: perfectly private and useless: nothing of the counts is left, but some noise for the eye
def release(counts, epsilon, draws):
    return np.random.default_rng().integers(-1, 2, (draws, len(counts)))
