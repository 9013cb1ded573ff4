# fails: test_recover
# why: shares what is missing in a row among its gaps, although it does not follow
def recover(cells, row_totals, column_totals):
    filled = [list(row) for row in cells]
    for _ in range(20):
        for i, row in enumerate(filled):
            if row.count(None) == 1:
                row[row.index(None)] = row_totals[i] - sum(cell for cell in row if cell is not None)
        for j in range(len(filled[0])):
            column = [row[j] for row in filled]
            if column.count(None) == 1:
                i = column.index(None)
                filled[i][j] = column_totals[j] - sum(cell for cell in column if cell is not None)
    for i, row in enumerate(filled):
        gaps = row.count(None)
        rest = row_totals[i] - sum(cell for cell in row if cell is not None)
        filled[i] = [rest // gaps if cell is None else cell for cell in row]
    return filled
