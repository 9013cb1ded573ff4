# fails: test_bounded_counts
# why: returns the counts in alphabetical order of the districts
def bounded_counts(people, places, districts, cap):
    seen, counts = {}, dict.fromkeys(sorted(districts), 0)
    for person, place in zip(people, places):
        seen[person] = seen.get(person, 0) + 1
        if seen[person] <= cap:
            counts[place] += 1
    return list(counts.values())
