package inject

import "time"

// kinds is the table of what can go wrong (kustomer-api.md 17.12). A kind that is not marked before carries out what
// it hits first, and then spoils the answer: each of those that hits the submission of a bulk job loses the answer of
// a job that runs.
var kinds = []Kind{
	{name: "NNN-before", doc: "answers status NNN (429-before may be written 429), nothing is written", Before: true, deliver: deliverStatus},
	{name: "NNN-after", doc: "writes, then answers status NNN", deliver: deliverStatus},
	{name: "html-NNN-before", doc: "answers an HTML page with status NNN, nothing is written", Before: true, deliver: deliverHTML},
	{name: "html-NNN", doc: "writes, then answers an HTML page with status NNN", deliver: deliverHTML},
	{name: "reset-before", doc: "resets the connection, nothing is written", Before: true, deliver: deliverReset},
	{name: "reset-after", doc: "writes, then resets the connection", deliver: deliverReset},
	{name: "timeout-before", doc: "never answers, nothing is written", Before: true, deliver: deliverNothing},
	{name: "timeout-after", doc: "writes, then never answers", deliver: deliverNothing},
	{name: "late", doc: "never answers, and writes after that time, even when the client has gone", Late: true, delay: 5 * time.Second, deliver: deliverNothing},
	{name: "slow", doc: "writes, then answers after that time", delay: 2 * time.Second, deliver: deliverSlow},
	{name: "drip", doc: "writes, then answers one byte at a time, one in each interval", delay: 50 * time.Millisecond, deliver: deliverDrip},
	{name: "truncate", doc: "writes, then cuts the answer short of its announced length", cuts: true, deliver: deliverTruncated},
	{name: "truncate-open", doc: "writes, then cuts an answer that announces no length", cuts: true, deliver: deliverTruncatedOpen},
	{name: "empty", doc: "writes, then answers with the right status and no body", deliver: deliverEmpty},
	{name: "no-id", doc: "writes, then answers with the right status and an object without an id", deliver: deliverNoID},
	{name: "job-stuck", doc: "accepts a bulk job that runs for ever and writes nothing", Scope: OnJob, Before: true, Hangs: true, deliver: deliverWhole},
	{name: "job-stuck-after", doc: "runs a bulk job, but never calls it complete", Scope: OnJob, Hangs: true, deliver: deliverWhole},
	{name: "job-lost", doc: "accepts a bulk job that is unknown afterwards and writes nothing", Scope: OnJob, Before: true, Hides: true, deliver: deliverWhole},
	{name: "job-lost-after", doc: "runs a bulk job, but does not know it afterwards", Scope: OnJob, Hides: true, deliver: deliverWhole},
	{name: "item-error", doc: "an item of a bulk job fails with an internal error, it is not written", Scope: OnItem, Before: true},
	{name: "item-error-after", doc: "writes an item of a bulk job, then calls it failed", Scope: OnItem},
	{name: "item-missing", doc: "writes an item of a bulk job, but the results leave it out", Scope: OnItem, Hides: true},
}
