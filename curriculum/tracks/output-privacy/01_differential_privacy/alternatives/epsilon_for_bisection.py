# solves: test_epsilon_for
# why: bisection over whole hundredths
def epsilon_for(cells, error, probability):
    def enough(hundredths):
        a = math.exp(-hundredths / 100)
        return (1 - 2 * a ** (error + 1) / (1 + a)) ** cells >= probability

    low, high = 0, 2000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high / 100
