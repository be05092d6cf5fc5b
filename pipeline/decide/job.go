package decide

import "github.com/kustsync/kustsync/pipeline/ledger"

// jobRules are about a request that an earlier run sent in a batch which became a job: the job may still tell
// what became of the row. A create that the job calls failed is a Duplicate (LearnJob, LearnWithdrawn), about which
// answerRules decide.
var jobRules = []Rule{{
	Name: "the job of an earlier run is asked what became of the row",
	when: func(f *Facts) bool { return f.Begun.Job != "" && f.Job == nil },
	then: func(*Facts) Next { return AskJob{} },
}, {
	Name: "what a job says it did not load was not sent",
	when: func(f *Facts) bool { return jobTold(f) && f.Job.Failed != nil },
	then: func(*Facts) Next { return Withdraw{} },
}, {
	Name: "an object that a job has made is created",
	when: func(f *Facts) bool { return jobTold(f) && f.Begun.KustomerID == "" },
	then: func(f *Facts) Next { return takeOver(f, f.Job.ID, f.Job.Status) },
}, {
	Name: "an object that a job has brought up to date is updated",
	when: func(f *Facts) bool { return jobTold(f) && f.Begun.Hash == f.Hash },
	then: func(f *Facts) Next { return settle(loaded(f, ledger.Updated, f.Begun.KustomerID, f.Job.Status)) },
}, {
	Name: "other content than the job had is sent to its object",
	when: jobTold,
	then: func(f *Facts) Next { return prepare(f, f.Begun.KustomerID) },
}}

func jobTold(f *Facts) bool { return f.Job != nil && f.Job.Told }
