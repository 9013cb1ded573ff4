# fails: test_noise_scale
# why: forgets that all tables share the epsilon
def noise_scale(epsilon, tables, cap, neighbours):
    if epsilon <= 0 or neighbours not in ("add-remove", "change-one"):
        raise ValueError("wrong input")
    return cap * (2 if neighbours == "change-one" else 1) / epsilon
