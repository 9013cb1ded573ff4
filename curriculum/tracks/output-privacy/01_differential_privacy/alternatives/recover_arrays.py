# solves: test_recover
# why: numpy with nan for gaps; whole lines at a time
def recover(cells, row_totals, column_totals):
    grid = np.array([[np.nan if cell is None else cell for cell in row] for row in cells], dtype=float)
    for _ in range(grid.size + 1):
        for table, sums in ((grid, row_totals), (grid.T, column_totals)):
            for line, total in zip(table, sums):
                if np.isnan(line).sum() == 1:
                    line[np.isnan(line)] = total - np.nansum(line)
    return [[None if np.isnan(cell) else int(cell) for cell in row] for row in grid]
