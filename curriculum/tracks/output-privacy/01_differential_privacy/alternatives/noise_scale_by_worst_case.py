# solves: test_noise_scale
# why: builds the worst pair of neighbours and measures the distance
def noise_scale(epsilon, tables, cap, neighbours):
    if epsilon <= 0 or neighbours not in ("add-remove", "change-one"):
        raise ValueError("wrong input")
    before, after = np.zeros((tables, 2)), np.zeros((tables, 2))
    after[:, 0] += cap
    if neighbours == "change-one":
        before[:, 1] += cap
    return np.abs(before - after).sum() / epsilon
