# fails: test_recover
# why: goes over rows and columns once; a gap that is freed later stays
def recover(cells, row_totals, column_totals):
    filled = [list(row) for row in cells]
    for i, row in enumerate(filled):
        if row.count(None) == 1:
            row[row.index(None)] = row_totals[i] - sum(cell for cell in row if cell is not None)
    for j in range(len(filled[0])):
        column = [row[j] for row in filled]
        if column.count(None) == 1:
            i = column.index(None)
            filled[i][j] = column_totals[j] - sum(cell for cell in column if cell is not None)
    return filled
