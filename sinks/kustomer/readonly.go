package kustomer

import (
	"errors"
	"net/http"
)

// errReadOnly is why a client that only reads did not send a request.
var errReadOnly = errors.New("this client only reads: nothing was sent")

// onlyGets is the lowest layer of a client that only reads. checkAllowed refuses other requests with a better message;
// this layer makes sure that none is sent in another way.
func onlyGets(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return nil, errReadOnly
		}
		return next.RoundTrip(r)
	})
}
