"""What the hidden tests of this assessment hold answers to: seeded inputs, references of our own, the audit.

Every function returns whether the answer is right. Randomness comes from SEED and a fixed word per check, so checks
do not depend on each other's order. Calls per run of the whole assessment: about 160, five to ten of them heavy.
"""
import math
import zlib

import numpy as np
from autograders.checks import audit, guards, utility
from autograders.checks.budgets import two_of_two


def generator(seed, word):
    """A generator of its own for each check."""
    return np.random.default_rng([seed, zlib.crc32(word.encode())])


# -- Task 1


def table(rng, rows, columns):
    return rng.poisson(12, (rows, columns)).tolist()


def totals(cells):
    return [sum(row) for row in cells], [sum(column) for column in zip(*cells)]


def with_gaps(cells, gaps):
    return [[None if (i, j) in gaps else value for j, value in enumerate(row)] for i, row in enumerate(cells)]


def filled_right(recover, cells, gaps, left=frozenset()):
    """Whether the answer fills ``gaps`` but for those ``left``."""
    answer = recover(with_gaps(cells, gaps), *totals(cells))
    return guards.same(answer, with_gaps(cells, left))


def fills_single_gaps(recover, seed):
    rng = generator(seed, "single")
    cells = table(rng, 4, 5)
    column_only = {(0, 1), (0, 3)}                 # two in a row, each alone in its column
    row_only = {(0, 2), (3, 2)}                    # two in a column, each alone in its row
    return all(filled_right(recover, cells, gaps) for gaps in (column_only, row_only, {(2, 2)}))


def fills_chains(recover, seed):
    rng = generator(seed, "chain")
    for size in (3, 5, 7):
        cells = table(rng, size, size)
        stairs = {(i, i) for i in range(size)} | {(i + 1, i) for i in range(size - 1)}
        rows, columns = rng.permutation(size).tolist(), rng.permutation(size).tolist()
        if not filled_right(recover, cells, {(rows[i], columns[j]) for i, j in stairs}):
            return False
    return True


def keeps_rectangles(recover, seed):
    rng = generator(seed, "rectangle")
    cells = table(rng, 5, 6)
    rectangle = {(1, 1), (1, 4), (3, 1), (3, 4)}
    return filled_right(recover, cells, rectangle, rectangle) and filled_right(recover, cells, rectangle | {(0, 0)}, rectangle)


# -- Task 2


def scales(noise_scale, seed, neighbours):
    rng = generator(seed, neighbours)
    moved = {"add-remove": 1, "change-one": 2}[neighbours]
    inputs = [(round(float(rng.uniform(0.1, 3)), 2), tables, cap) for tables, cap in ((1, 1), (3, 1), (1, 4), (2, 3), (5, 2))]
    return all(guards.same(noise_scale(*args, neighbours), moved * args[1] * args[2] / args[0], 1e-9) for args in inputs)


def refuses_scales(noise_scale):
    wrong = ((0.0, 1, 1, "add-remove"), (-1.0, 1, 1, "change-one"), (1.0, 1, 1, "add"), (1.0, 1, 1, ""))
    return all(guards.raises(ValueError, noise_scale, *args) for args in wrong)


# -- Task 3


def visits(rng, rows, districts):
    """Person and district of each visit; some people come often, and one district has no visit."""
    people = (rng.zipf(1.6, rows) % 40 + 100).tolist()
    places = rng.choice(districts[:-1], rows).tolist()
    return people, places


def first_visits(people, places, districts, cap):
    seen, kept = {}, []
    for person, place in zip(people, places):
        seen[person] = seen.get(person, 0) + 1
        if seen[person] <= cap:
            kept.append(place)
    return [kept.count(district) for district in districts]


def district_names(rng):
    return [f"D{number}" for number in rng.permutation(90)[:6]]


def counts_right(bounded_counts, seed):
    rng = generator(seed, "counts")
    for cap in (1, 2, 3, 5):
        districts = district_names(rng)
        people, places = visits(rng, 150, districts)
        if not guards.same(bounded_counts(people, places, districts, cap), first_visits(people, places, districts, cap)):
            return False
    return True


def counts_empty(bounded_counts):
    return guards.same(bounded_counts([], [], ["B", "A"], 2), [0, 0])


def counts_bounded(bounded_counts, seed):
    rng = generator(seed, "bounded")
    districts = district_names(rng)
    people, places = visits(rng, 120, districts)
    for cap in (1, 3):
        whole = np.asarray(bounded_counts(people, places, districts, cap))
        for person in sorted(set(people))[:6]:
            kept = [(who, where) for who, where in zip(people, places) if who != person]
            less = np.asarray(bounded_counts([who for who, _ in kept], [where for _, where in kept], districts, cap))
            if whole.shape != less.shape or np.abs(whole - less).sum() > cap:
                return False
    return True


# -- Task 4


class Releases:
    """Outputs of the learner's mechanism for neighbouring counts, and what they show.

    Two epsilons, each with a base and neighbours that differ by one person: in a district with people, and in an empty
    one. The audit looks at the cell that changed, at the sum, and at the difference to another cell, so noise that is
    shared between cells, or that keeps the total, is found. A second, independent set is drawn only if a check fails.
    """

    DISTRICTS = 6

    def __init__(self, release, seed):
        self.release = release
        rng = generator(seed, "release")
        self.counts = [int(count) for count in rng.poisson(rng.uniform(3, 90, self.DISTRICTS))]
        self.empty, self.cell, self.other = (int(place) for place in rng.permutation(self.DISTRICTS)[:3])
        self.counts[self.empty] = 0
        self.counts[self.cell] += 3
        usual, small = round(float(rng.uniform(0.9, 1.1)), 3), round(float(rng.uniform(0.38, 0.42)), 3)
        self.draws = {usual: 4000, small: 2000}  # the small epsilon is there for answers that ignore epsilon
        self.audited = (usual, self.cell), (usual, self.empty), (small, self.cell)
        self.tries = [{}, {}]

    def draw(self, attempt, epsilon, changed=None):
        """Outputs as an array, drawn once for each attempt, epsilon and neighbour."""
        key = epsilon, changed
        if key not in self.tries[attempt]:
            counts = [count + (place == changed) for place, count in enumerate(self.counts)]
            self.tries[attempt][key] = np.asarray(self.release(counts, epsilon, self.draws[epsilon]))
        return self.tries[attempt][key]

    def judged(self, judge):
        """Two of two: wrong only if both sets are."""
        attempts = iter(range(2))
        return two_of_two(lambda: judge(next(attempts)))

    def well_formed(self):
        few = np.asarray(self.release([4], 0.5, 2))
        epsilon, draws = next(iter(self.draws.items()))
        many = self.draw(0, epsilon)
        return few.shape == (2, 1) and many.shape == (draws, self.DISTRICTS) and all(
            np.issubdtype(outputs.dtype, np.integer) for outputs in (few, many))

    def useful(self):
        return self.judged(lambda attempt: all(
            utility.within_band(self.draw(attempt, epsilon), self.counts, 1 / epsilon, slack=1.3) for epsilon in self.draws))

    def unbiased(self):
        return self.judged(lambda attempt: all(
            utility.unbiased(self.draw(attempt, epsilon), self.counts, 1 / epsilon) for epsilon in self.draws))

    def private(self):
        return self.judged(lambda attempt: all(self.keeps(attempt, epsilon, changed) for epsilon, changed in self.audited))

    def keeps(self, attempt, epsilon, changed):
        base, neighbour = self.draw(attempt, epsilon), self.draw(attempt, epsilon, changed)
        statistics = (
            lambda outputs: outputs[:, changed],
            lambda outputs: outputs.sum(axis=1),
            lambda outputs: outputs[:, changed] - outputs[:, self.other],
        )
        return all(audit.keeps_claim(statistic(base), statistic(neighbour), epsilon) for statistic in statistics)


# -- Task 5


def decides(accept, requests, budget, expected):
    answer = accept(requests, budget)
    return len(answer) == len(expected) and all(bool(given) == right for given, right in zip(answer, expected))


def adds_up(accept):
    return (decides(accept, [("t", "g", 0.7), ("t", "g", 0.7)], 1.0, [True, False])
            and decides(accept, [("t", "g", 0.7), ("u", "g", 0.7)], 1.0, [True, False])
            and decides(accept, [("t", "g", 0.7), ("t", "h", 0.7), ("t", "i", 0.9)], 1.0, [True, True, True]))


def goes_on(accept):
    return (decides(accept, [("t", "g", 0.6), ("u", "g", 0.6), ("v", "g", 0.3)], 1.0, [True, False, True])
            and decides(accept, [("t", "g", 1.5), ("t", "g", 1.0)], 1.0, [False, True])
            and decides(accept, [], 1.0, []))


def exact_fit(accept):
    return (decides(accept, [("t", "g", 0.1), ("u", "g", 0.1), ("v", "g", 0.1)], 0.3, [True] * 3)
            and decides(accept, [("t", "g", 0.5), ("t", "g", 0.5), ("t", "g", 0.01)], 1.0, [True, True, False]))


def account(requests, budget):
    """The reference: thousandths of epsilon, recomputed from all accepted requests each time."""
    kept, decisions = [], []
    for request in requests:
        spent = {}
        for name, group, epsilon in [*kept, request]:
            spent[name, group] = spent.get((name, group), 0) + round(epsilon * 1000)
        cost = sum(max(value for (name, _), value in spent.items() if name == wanted) for wanted in {name for name, _ in spent})
        decisions.append(cost <= round(budget * 1000))
        kept += [request] * decisions[-1]
    return decisions


def accounts_right(accept, seed):
    rng = generator(seed, "account")
    for _ in range(6):
        requests = [(f"table {rng.integers(3)}", f"group {rng.integers(3)}", int(rng.integers(1, 60)) / 100) for _ in range(25)]
        budget = int(rng.integers(100, 200)) / 100
        if not decides(accept, requests, budget, account(requests, budget)):
            return False
    return True


# -- Task 6


def within(epsilon, cells, error):
    a = math.exp(-epsilon)
    return (1 - 2 * a ** (error + 1) / (1 + a)) ** cells


def smallest(epsilon_for, cells, error, probability):
    """Whether the answer is a multiple of 0.01 that is enough while the one before is not."""
    answer = epsilon_for(cells, error, probability)
    if answer is None or not math.isfinite(answer):
        return False
    hundredths = round(answer * 100)
    return (abs(answer * 100 - hundredths) < 1e-6 and 1 <= hundredths <= 2000
            and within(hundredths / 100, cells, error) >= probability - 1e-12
            and within((hundredths - 1) / 100, cells, error) < probability + 1e-12)


def probabilities(rng, count):
    return [round(float(value), 3) for value in rng.uniform(0.8, 0.99, count)]


def enough_for_one(epsilon_for, seed):
    rng = generator(seed, "one")
    return all(smallest(epsilon_for, 1, error, p) for error, p in zip((1, 2, 4, 7, 15, 40), probabilities(rng, 6)))


def enough_for_all(epsilon_for, seed):
    rng = generator(seed, "all")
    inputs = zip((2, 5, 9, 14, 30, 60), (1, 3, 5, 8, 12, 25), probabilities(rng, 6))
    return all(smallest(epsilon_for, cells, error, p) for cells, error, p in inputs)


def enough_for_zero(epsilon_for):
    return smallest(epsilon_for, 1, 0, 0.9) and smallest(epsilon_for, 9, 0, 0.95)
