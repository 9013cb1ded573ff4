# solves: test_noise_scale
# why: a dictionary of factors; its KeyError becomes a ValueError
def noise_scale(epsilon, tables, cap, neighbours):
    try:
        factor = {"add-remove": 1, "change-one": 2}[neighbours]
    except KeyError:
        raise ValueError(neighbours) from None
    if not epsilon > 0:
        raise ValueError(epsilon)
    return float(factor * tables * cap) / epsilon
