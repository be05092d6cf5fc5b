package pipeline

import "github.com/kustsync/kustsync/pipeline/config"

// budgetFloor is how many rows must be settled before a share of them says anything.
const budgetFloor = 200

// isOver reports whether more rows were rejected than a budget allows.
func isOver(limit config.Budget, rows, rejected int) bool {
	return limit.Percent == 0 && rejected > limit.Rows ||
		limit.Percent > 0 && rows >= budgetFloor && float64(rejected)*100 > limit.Percent*float64(rows)
}
