package kustomer

import "github.com/kustsync/kustsync/sinks"

// Specs returns the sinks of Kustomer, in the order in which they are documented.
func Specs() []sinks.Spec { return nil }
