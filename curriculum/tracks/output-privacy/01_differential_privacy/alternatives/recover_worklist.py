# solves: test_recover
# why: keeps how much of each line is missing, and a list of lines to look at
def recover(cells, row_totals, column_totals):
    gaps = {(i, j) for i, row in enumerate(cells) for j, cell in enumerate(row) if cell is None}
    values = {(i, j): cell for i, row in enumerate(cells) for j, cell in enumerate(row) if cell is not None}
    lines = [("row", i) for i in range(len(cells))] + [("column", j) for j in range(len(column_totals))]
    while lines:
        kind, number = lines.pop()
        axis = 0 if kind == "row" else 1
        here = [place for place in gaps if place[axis] == number]
        if len(here) == 1:
            place = here[0]
            total = (row_totals if axis == 0 else column_totals)[number]
            values[place] = total - sum(value for at, value in values.items() if at[axis] == number)
            gaps.remove(place)
            lines += [("row", place[0]), ("column", place[1])]
    return [[values.get((i, j)) for j in range(len(row))] for i, row in enumerate(cells)]
