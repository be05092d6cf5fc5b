package dates

import (
	"math/big"
	"time"

	"github.com/kustsync/kustsync/mappings/decimal"
	"github.com/kustsync/kustsync/mappings/values"
)

// ReadUnix reads a number of seconds since 1970, or of parts of a second: perSecond is 1000 for milliseconds. A
// fraction counts to the nanosecond. The error is a *values.Error.
func ReadUnix(text string, perSecond int64) (time.Time, error) {
	r, err := decimal.ParseRat(text)
	if err != nil {
		return time.Time{}, &values.Error{Message: "not a count of seconds since 1970", Value: text}
	}
	r.Mul(r, big.NewRat(int64(time.Second)/perSecond, 1))
	nanos := new(big.Int).Div(r.Num(), r.Denom()) // rounds down, since the denominator of a Rat is positive
	seconds, rest := new(big.Int).DivMod(nanos, big.NewInt(int64(time.Second)), new(big.Int))
	if !seconds.IsInt64() || !secondsInRange(seconds.Int64()) {
		return time.Time{}, &values.Error{Message: `the year is not between 1 and 9999; for milliseconds write date "unixms"`, Value: text}
	}
	return time.Unix(seconds.Int64(), rest.Int64()).UTC(), nil
}
