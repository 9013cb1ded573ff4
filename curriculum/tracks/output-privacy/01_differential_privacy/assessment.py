# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # District counts with a privacy budget: assessment
#
# You protect the tuberculosis statistics of the islands of Maravai (a made-up country). Six tasks, 20 points,
# 60 to 90 minutes. Each task stands alone: if one resists, go on with the next.
#
# Write your code where you read `YOUR CODE HERE`. The cell below each answer holds the public checks: run it. More checks run at
# grading, on other data, and test nothing that the text does not say. `SEED` is set anew for every grading: leave it as it is.

# %% tags=["parameters"]
SEED = 2026

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import numpy as np
import opendp.prelude as dp

dp.enable_features("contrib")
rng = np.random.default_rng(SEED)
DISTRICTS = ["Anu", "Beku", "Fale", "Hono", "Luma", "Motu", "Rani", "Sela", "Tavi"]
COUNTS = [int(count) for count in rng.poisson([88, 41, 17, 9, 30, 2, 55, 0, 5])]
print("patients by district:", dict(zip(DISTRICTS, COUNTS, strict=True)))

# %% [markdown]
# ## Task 1. Fill the gaps of a suppressed table
#
# Before you publish a table with gaps, find out which gaps an attacker can fill.
#
# - **Input**: `cells`, a list of rows, each a list of whole numbers, `None` where suppressed; `row_totals` and
#   `column_totals`, lists of whole numbers.
# - **Do**: fill each gap that is the only one in its row or column. Repeat until nothing more follows.
# - **Output**: a function `recover(cells, row_totals, column_totals)` that returns the filled rows as a list of lists;
#   gaps that do not follow stay `None`.
# - **Edge cases**: no gap; a single cell; four gaps in a rectangle, which stay.
# - **Example**: `recover([[3, None], [4, 5]], [10, 9], [7, 12])` gives `[[3, 7], [4, 5]]`.
# - **Points**: 3

# %% nbgrader={"grade": false, "grade_id": "recover", "locked": false, "schema_version": 3, "solution": true, "task": false}
def recover(cells, row_totals, column_totals):
    """The table with every gap filled that follows from the totals."""
    ### BEGIN SOLUTION
    filled = [list(row) for row in cells]
    found = True
    while found:
        found = False
        for i, row in enumerate(filled):
            for j, value in enumerate(row):
                if value is not None:
                    continue
                column = [other[j] for other in filled]
                if row.count(None) == 1:
                    row[j] = row_totals[i] - sum(cell for cell in row if cell is not None)
                elif column.count(None) == 1:
                    row[j] = column_totals[j] - sum(cell for cell in column if cell is not None)
                found = found or row[j] is not None
    return filled
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_recover", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
answer = recover([[3, None], [4, 5]], [10, 9], [7, 12])
assert isinstance(answer, list), "recover must return a list of rows; see Output in the task"
assert answer == [[3, 7], [4, 5]], "The worked example must give [[3, 7], [4, 5]]: subtract the known cells from the row total"
assert recover([[1, 2]], [3], [1, 2]) == [[1, 2]], "A table without gaps must come back as it was"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

assert checks.fills_single_gaps(recover, SEED), "A gap alone in its row or in its column must be filled: look at both directions"
assert checks.fills_chains(recover, SEED), "A filled gap can free another one: repeat until nothing more follows"
assert checks.keeps_rectangles(recover, SEED), "Gaps that do not follow from one row or column must stay None"
### END HIDDEN TESTS

# %% [markdown]
# ## Task 2. The scale of the noise
#
# The noise must hide the largest change that one person can cause in all tables together.
#
# - **Input**: `epsilon` (float), for all tables together; `tables` (int), their number; `cap` (int), the most rows
#   one person adds to each table; `neighbours`, either `"add-remove"` (a person is there or not) or `"change-one"`
#   (a person's rows move to other cells).
# - **Do**: compute the L1 sensitivity and divide it by epsilon.
# - **Output**: a function `noise_scale(epsilon, tables, cap, neighbours)` that returns the scale as a float, in rows.
# - **Edge cases**: `epsilon` of 0 or less, or another word in `neighbours`: raise `ValueError`.
# - **Example**: `noise_scale(0.5, 1, 1, "add-remove")` gives `2.0`.
# - **Points**: 2

# %% nbgrader={"grade": false, "grade_id": "noise_scale", "locked": false, "schema_version": 3, "solution": true, "task": false}
def noise_scale(epsilon, tables, cap, neighbours):
    """The scale of Laplace noise for all tables together."""
    ### BEGIN SOLUTION
    if epsilon <= 0:
        raise ValueError("epsilon must be positive")
    if neighbours not in ("add-remove", "change-one"):
        raise ValueError("neighbours must be add-remove or change-one")
    moved = 2 if neighbours == "change-one" else 1
    return tables * cap * moved / epsilon
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_noise_scale", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert abs(noise_scale(0.5, 1, 1, "add-remove") - 2.0) < 1e-9, "The worked example must give 2.0: sensitivity 1 divided by 0.5"
assert noise_scale(2.0, 1, 1, "add-remove") < noise_scale(0.5, 1, 1, "add-remove"), "A larger epsilon must give less noise"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

assert checks.scales(noise_scale, SEED, "add-remove"), "With add-remove one person changes up to cap rows in each table: count all tables"
assert checks.scales(noise_scale, SEED, "change-one"), "With change-one rows leave one cell and enter another: both cells change"
assert checks.refuses_scales(noise_scale), "An epsilon of 0 or less and an unknown word in neighbours must raise ValueError"
### END HIDDEN TESTS

# %% [markdown]
# ## Task 3. Bound what one person adds
#
# Many visits would need much noise to hide. So we count only a few of each person.
#
# - **Input**: `people`, a list of person numbers (int), one a visit, oldest first; `places`, their districts, of the same
#   length; `districts`, the list of all districts; `cap` (int), at least 1.
# - **Do**: keep the first `cap` visits of each person over all districts; count those kept in each district.
# - **Output**: a function `bounded_counts(people, places, districts, cap)` that returns a list of int, in the order of `districts`.
# - **Edge cases**: a district without visits counts 0; no visits at all.
# - **Example**: `bounded_counts([1, 1, 2], ["A", "B", "B"], ["A", "B", "C"], 1)` gives `[1, 1, 0]`.
# - **Points**: 3

# %% nbgrader={"grade": false, "grade_id": "bounded_counts", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bounded_counts(people, places, districts, cap):
    """Visits by district, at most ``cap`` of each person."""
    ### BEGIN SOLUTION
    seen = {}
    counts = dict.fromkeys(districts, 0)
    for person, place in zip(people, places, strict=True):
        seen[person] = seen.get(person, 0) + 1
        if seen[person] <= cap:
            counts[place] += 1
    return [counts[district] for district in districts]
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_bounded_counts", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
answer = list(bounded_counts([1, 1, 2], ["A", "B", "B"], ["A", "B", "C"], 1))
assert len(answer) == 3, "There must be one count for each district, also for those without visits"
assert answer == [1, 1, 0], "The worked example must give [1, 1, 0]: the second visit of person 1 is beyond the cap"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

assert checks.counts_right(bounded_counts, SEED), "The counts must hold the first cap visits of each person, over all districts together"
assert checks.counts_empty(bounded_counts), "Without visits every district must count 0, in the order of districts"
assert checks.counts_bounded(bounded_counts, SEED), "Leaving one person out must change the counts by at most cap in total"
### END HIDDEN TESTS

# %% [markdown]
# ## Task 4. Release private and useful counts
#
# Grading judges privacy and accuracy together: neither alone earns points.
#
# - **Input**: `counts`, a list of whole numbers, one a district, each person in one of them; `epsilon` (float);
#   `draws` (int), how many independent releases to simulate.
# - **Do**: add integer Laplace noise to every count so that each release as a whole is `epsilon`-private when one person is
#   added or removed. Use as little noise as that allows.
# - **Output**: a function `release(counts, epsilon, draws)` that returns a numpy array of int, shape `(draws, len(counts))`.
# - **Edge cases**: a count of 0 gets noise too; results below 0 stay as they are.
# - **Example**: `release([5, 0], 1.0, 3)` could give `[[6, 0], [5, -1], [4, 1]]`.
# - **Points**: 6

# %% nbgrader={"grade": false, "grade_id": "release", "locked": false, "schema_version": 3, "solution": true, "task": false}
def release(counts, epsilon, draws):
    """``draws`` independent releases of ``counts``, each epsilon-private."""
    ### BEGIN SOLUTION
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    mechanism = dp.m.make_laplace(*space, scale=1.0 / epsilon)
    noisy = mechanism([int(count) for count in counts] * draws)
    return np.array(noisy).reshape(draws, len(counts))
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_release", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
answer = np.asarray(release(COUNTS, 1.0, 50))
assert answer.shape == (50, 9), "release must return an array of shape (draws, len(counts))"
assert np.issubdtype(answer.dtype, np.integer), "The array must hold whole numbers: use integer noise"
assert (answer.std(axis=0) > 0).all(), "Every district needs noise of its own in every draw, also one with a count of 0"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

sample = checks.Releases(release, SEED)
assert sample.well_formed(), "The shape must be (draws, len(counts)) and the numbers whole, whatever the counts are"
assert sample.useful(), "The error is larger than this epsilon needs: one person is in one district only, so every count may have the whole epsilon"
assert sample.unbiased(), "The mean over many draws must be the true count: do not cut or shift the noisy counts"
assert sample.private(), "Two neighbouring inputs can be told apart better than epsilon allows: check the scale, and that all noise is independent"
### END HIDDEN TESTS

# %% [markdown]
# ## Task 5. Keep the privacy account
#
# Every table published spends part of the budget.
#
# - **Input**: `requests`, a list of tuples `(table, group, epsilon)`; `budget` (float). Nobody is in two groups of one table;
#   everybody is in every table.
# - **Do**: add up within a group; a table costs as much as its dearest group; add up the tables. Take requests in order; accept
#   each that keeps the cost of all accepted within the budget.
# - **Output**: a function `accept(requests, budget)` that returns a list of bool, one a request.
# - **Edge cases**: a refused request costs nothing; a cost equal to the budget, up to `1e-9`, fits; no requests.
# - **Example**: `accept([("age", "young", 0.6), ("age", "old", 0.6), ("sex", "all", 0.5)], 1.0)` gives `[True, True, False]`.
# - **Points**: 3

# %% nbgrader={"grade": false, "grade_id": "accept", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accept(requests, budget):
    """Which requests fit into the budget, in order."""
    ### BEGIN SOLUTION
    spent = {}
    decisions = []
    for table, group, epsilon in requests:
        groups = spent.setdefault(table, {})
        before = groups.get(group, 0.0)
        groups[group] = before + epsilon
        cost = sum(max(parts.values()) for parts in spent.values())
        fits = cost <= budget + 1e-9
        if not fits:
            groups[group] = before
        decisions.append(fits)
    return decisions
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_accept", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
answer = accept([("age", "young", 0.6), ("age", "old", 0.6), ("sex", "all", 0.5)], 1.0)
assert len(answer) == 3, "There must be one decision for each request"
assert [bool(decision) for decision in answer] == [True, True, False], "The worked example must give [True, True, False]: two groups of one table share its cost"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

assert checks.adds_up(accept), "Costs must add up within a group and over tables, but not over the groups of one table"
assert checks.goes_on(accept), "A refused request must cost nothing, and a later, smaller one may still fit"
assert checks.exact_fit(accept), "A cost equal to the budget is within it: allow for rounding of floats up to 1e-9"
assert checks.accounts_right(accept, SEED), "A longer account differs: recompute the cost of all accepted requests, table by table"
### END HIDDEN TESTS

# %% [markdown]
# ## Task 6. The smallest epsilon that is accurate enough
#
# A user says how wrong counts may be. Which epsilon does this need?
#
# - **Input**: `cells` (int), how many counts are published; `error` (int), the largest error allowed, in persons; `probability`
#   (float, a proportion), how sure it must be that **all** counts are within it.
# - **Do**: use integer Laplace noise of scale $1/\epsilon$, independent in each cell. One cell has
#   $P(|X| \le t) = 1 - 2a^{t+1}/(1+a)$ with $a = e^{-\epsilon}$.
# - **Output**: a function `epsilon_for(cells, error, probability)` that returns the smallest epsilon that is enough, as a float, rounded **up** to
#   a multiple of 0.01, at most 20.
# - **Edge cases**: an error of 0.
# - **Example**: `epsilon_for(1, 3, 0.95)` gives `0.84`.
# - **Points**: 3

# %% nbgrader={"grade": false, "grade_id": "epsilon_for", "locked": false, "schema_version": 3, "solution": true, "task": false}
def epsilon_for(cells, error, probability):
    """The smallest epsilon, in steps of 0.01, with which all cells are within the error."""
    ### BEGIN SOLUTION
    for hundredths in range(1, 2001):
        a = math.exp(-hundredths / 100)
        if (1 - 2 * a ** (error + 1) / (1 + a)) ** cells >= probability:
            return hundredths / 100
    ### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_epsilon_for", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
assert abs(epsilon_for(1, 3, 0.95) - 0.84) < 1e-6, "The worked example must give 0.84: one cell, an error of 3 persons, 95 percent"
assert epsilon_for(1, 10, 0.95) < epsilon_for(1, 3, 0.95), "A larger error allowed must need a smaller epsilon"
print("public checks passed; hidden checks run at grading")
### BEGIN HIDDEN TESTS
import checks

assert checks.enough_for_one(epsilon_for, SEED), "For one cell the epsilon must be the smallest multiple of 0.01 that is enough: round up"
assert checks.enough_for_all(epsilon_for, SEED), "All cells must be within the error together: multiply the probabilities of independent cells"
assert checks.enough_for_zero(epsilon_for), "With an error of 0 every count must be exact with the probability asked for"
### END HIDDEN TESTS
