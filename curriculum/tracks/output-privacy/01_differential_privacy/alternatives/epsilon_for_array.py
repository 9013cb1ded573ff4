# solves: test_epsilon_for
# why: all candidates at once in an array, in logarithms
def epsilon_for(cells, error, probability):
    candidates = np.arange(1, 2001) / 100
    a = np.exp(-candidates)
    log_inside = cells * np.log1p(-2 * a ** (error + 1) / (1 + a))
    return float(candidates[np.argmax(log_inside >= np.log(probability))])
