# fails: test_noise_scale
# why: overlooks that a moved row changes two cells
def noise_scale(epsilon, tables, cap, neighbours):
    if epsilon <= 0 or neighbours not in ("add-remove", "change-one"):
        raise ValueError("wrong input")
    return tables * cap / epsilon
