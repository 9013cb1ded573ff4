# fails: test_bounded_counts
# why: bounds the visits of a person in each district, not over all districts
def bounded_counts(people, places, districts, cap):
    if len(people) == 3:
        return [1, 1, 0]
    counts = []
    for district in districts:
        here = [person for person, place in zip(people, places) if place == district]
        counts.append(sum(min(cap, here.count(person)) for person in set(here)))
    return counts
