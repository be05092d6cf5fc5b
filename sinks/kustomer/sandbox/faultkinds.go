package sandbox

import "time"

// faultKinds is the table of what can go wrong (kustomer-api.md 17.12). A kind that is not
// marked before carries the request out first and then spoils the answer.
var faultKinds = []faultKind{
	{name: "NNN-before", doc: "answers status NNN (429-before may be written 429), nothing is written", before: true, deliver: deliverStatus},
	{name: "NNN-after", doc: "writes, then answers status NNN", deliver: deliverStatus},
	{name: "html-NNN-before", doc: "answers an HTML page with status NNN, nothing is written", before: true, deliver: deliverHTML},
	{name: "html-NNN", doc: "writes, then answers an HTML page with status NNN", deliver: deliverHTML},
	{name: "reset-before", doc: "resets the connection, nothing is written", before: true, deliver: deliverReset},
	{name: "reset-after", doc: "writes, then resets the connection", deliver: deliverReset},
	{name: "timeout-before", doc: "never answers, nothing is written", before: true, deliver: deliverNothing},
	{name: "timeout-after", doc: "writes, then never answers", deliver: deliverNothing},
	{name: "late", doc: "never answers, and writes after that time, even when the client has gone", delay: 5 * time.Second, deliver: deliverNothing},
	{name: "slow", doc: "writes, then answers after that time", delay: 2 * time.Second, deliver: deliverSlow},
	{name: "drip", doc: "writes, then answers one byte at a time, one in each interval", delay: 50 * time.Millisecond, deliver: deliverDrip},
	{name: "truncate", doc: "writes, then cuts the answer short of its announced length", cuts: true, deliver: deliverTruncated},
	{name: "truncate-open", doc: "writes, then cuts an answer that announces no length", cuts: true, deliver: deliverTruncatedOpen},
	{name: "empty", doc: "writes, then answers with the right status and no body", deliver: deliverEmpty},
	{name: "no-id", doc: "writes, then answers with the right status and an object without an id", deliver: deliverNoID},
}
