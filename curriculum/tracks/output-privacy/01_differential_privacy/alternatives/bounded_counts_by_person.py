# solves: test_bounded_counts
# why: a list of places for each person, cut at the cap, then one counter
def bounded_counts(people, places, districts, cap):
    from collections import Counter, defaultdict
    visits = defaultdict(list)
    for person, place in zip(people, places):
        visits[person].append(place)
    counter = Counter(place for own in visits.values() for place in own[:cap])
    return np.array([counter[district] for district in districts], dtype=int)
