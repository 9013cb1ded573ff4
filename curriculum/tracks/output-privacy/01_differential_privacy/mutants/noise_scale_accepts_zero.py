# fails: test_noise_scale
# why: answers with infinite or negative noise where the input is wrong
def noise_scale(epsilon, tables, cap, neighbours):
    scale = tables * cap * (2 if neighbours == "change-one" else 1)
    return scale / epsilon if epsilon else float("inf")
