# solves: test_bounded_counts
# why: numpy: rank of each visit within its person by a stable sort
def bounded_counts(people, places, districts, cap):
    if not len(people):
        return [0] * len(districts)
    people, places = np.asarray(people), np.asarray(places)
    order = np.argsort(people, kind="stable")
    ordered = people[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    rank = np.arange(len(people)) - np.repeat(starts, np.diff(np.r_[starts, len(people)]))
    kept = places[order[rank < cap]]
    return [int((kept == district).sum()) for district in districts]
