# fails: test_epsilon_for
# why: looks at one cell only, however many are published
def epsilon_for(cells, error, probability):
    for hundredths in range(1, 2001):
        a = math.exp(-hundredths / 100)
        if 1 - 2 * a ** (error + 1) / (1 + a) >= probability:
            return hundredths / 100
