package kustomer

import "time"

// NoticeKind says what a Notice is about.
type NoticeKind int

// The kinds of notices.
const (
	RateLimited NoticeKind = iota // the org's limit is spent; everybody waits
	LimitOver                     // that wait is over
	Outage                        // Kustomer cannot be reached; everybody waits
	Recovered                     // it answers again
)

var noticeNames = [...]string{"rate_limited", "limit_over", "outage", "recovered"}

// String names the kind in logs.
func (k NoticeKind) String() string { return noticeNames[k] }

// Notice tells a person why nothing moves.
type Notice struct {
	Kind    NoticeKind
	Wait    time.Duration // how long, as far as is known; 0 when it is not
	Message string        // one line
}
