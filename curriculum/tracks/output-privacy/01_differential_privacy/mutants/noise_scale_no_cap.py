# fails: test_noise_scale
# why: takes each person to add one row
def noise_scale(epsilon, tables, cap, neighbours):
    if epsilon <= 0 or neighbours not in ("add-remove", "change-one"):
        raise ValueError("wrong input")
    return tables * (2 if neighbours == "change-one" else 1) / epsilon
