package sources

import (
	"context"
	"errors"
)

// openXLSX opens the workbook at o.Path and checks it to its end before any row is given.
func openXLSX(ctx context.Context, o Options) (Source, error) {
	return nil, errors.ErrUnsupported
}
