# fails: test_recover
# why: looks along the rows only; a gap alone in its column stays
def recover(cells, row_totals, column_totals):
    filled = [list(row) for row in cells]
    for row, total in zip(filled, row_totals):
        if row.count(None) == 1:
            row[row.index(None)] = total - sum(cell for cell in row if cell is not None)
    return filled
