package kustomer

import (
	"errors"
	"net/http"
)

// errReadOnly is why a client that only reads did not send a request.
var errReadOnly = errors.New("this client only reads: nothing was sent")

// onlyGets is the lowest layer of a client that only reads. The caller refuses other requests with more
// words; this layer makes sure that none gets out on another way.
func onlyGets(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet {
			return nil, errReadOnly
		}
		return next.RoundTrip(r)
	})
}
