package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const (
	answersVersion = 1
	answersAge     = 90 * 24 * time.Hour // older ones are not relied on
	clockSlack     = 24 * time.Hour      // answers from further ahead have no age
	mostLag        = 10 * time.Minute    // a lag that would make runs wait longer is not believed
)

// Answers is what a probe of one org found out. What it could not find out is Unknown, with the reason, and
// the safe assumption stays.
type Answers struct {
	Version  int                    `json:"version"`
	OrgID    string                 `json:"org_id"` // the org that was asked; "" where Kustomer does not say
	Target   string                 `json:"target"`
	RunID    string                 `json:"run_id"`
	ProbedAt time.Time              `json:"probed_at"`
	Kinds    map[string]KindAnswers `json:"kinds"` // by Spec.Object; for KObjects that is of one klass: "kobject order"
	Limits   LimitAnswers           `json:"limits"`
	Body     BodyAnswer             `json:"body"`
	Left     []LeftObject           `json:"left"` // what the probe could not delete
}

// Word is the short form of an answer.
type Word string

// The words of answers.
const (
	Yes     Word = "yes"
	No      Word = "no"
	Ignored Word = "ignored" // taken, and without effect
	Unknown Word = "unknown"
)

// Answer is what became of one question.
type Answer struct {
	Is  Word   `json:"is"`
	Why string `json:"why,omitempty"` // it is so, where that is not plain; always of Unknown
}

// KindAnswers is what was found out about one kind of objects.
type KindAnswers struct {
	Unique          Answer   `json:"unique"`                     // a second object with its externalId is refused, also when both come at once
	DuplicateStatus int      `json:"duplicate_status,omitempty"` // of that refusal; 0 where there was none
	UniqueInBulk    Answer   `json:"unique_in_bulk"`             // a bulk job refuses it, too
	ClientRef       Answer   `json:"client_ref"`                 // the bulk endpoint knows _clientRef
	Lookup          Answer   `json:"lookup"`                     // a new object is found by its externalId
	LookupPaths     []string `json:"lookup_paths,omitempty"`     // the spellings that find it
	LookupLagMS     int64    `json:"lookup_lag_ms"`              // until it was found, in milliseconds; 0: at once
}

// LimitAnswers is what the headers say of the rate limit (kustomer-api.md 2.2).
type LimitAnswers struct {
	PerMinute int    `json:"per_minute"` // requests; 0 where no header says it
	Remaining bool   `json:"remaining"`  // a header says how many are left
	Reset     string `json:"reset"`      // the unit of x-ratelimit-reset on answers within the limit; "absent"
}

// BodyAnswer is what becomes of a request body of more than 100 kB (kustomer-api.md 2.4).
type BodyAnswer struct {
	Refused Answer `json:"refused"` // for its size alone
	Status  int    `json:"status,omitempty"`
	Bytes   int    `json:"bytes,omitempty"`
}

// TakesLarge reports whether a body larger than Kustomer's documents allow was read, and not refused for its size.
func (b *BodyAnswer) TakesLarge() bool {
	return b.Refused.Is == No && b.Status != http.StatusRequestEntityTooLarge
}

// LeftObject is something that a probe wrote and did not delete.
type LeftObject struct {
	Kind       string `json:"kind"`
	ID         string `json:"id,omitempty"` // "": the request that may have made it was not answered
	ExternalID string `json:"external_id,omitempty"`
	Why        string `json:"why"`
	Failed     bool   `json:"failed"` // it could have been deleted, and was not
}

// Read reads what Answers are as JSON. Words and paths that this version does not know are taken for
// unknown; another version of the whole is an error.
func Read(text []byte) (Answers, error) {
	var a Answers
	if err := json.Unmarshal(text, &a); err != nil {
		return Answers{}, fmt.Errorf("it is no JSON of a probe: %w", err)
	}
	if a.Version != answersVersion {
		return Answers{}, fmt.Errorf("it is of version %d, and this kustsync reads version %d", a.Version, answersVersion)
	}
	if a.ProbedAt.IsZero() {
		return Answers{}, errors.New("it does not say when it was made")
	}
	for name, k := range a.Kinds {
		k.tidy()
		a.Kinds[name] = k
	}
	a.Body.Refused.tidy()
	if a.Limits.PerMinute < 0 || a.Limits.PerMinute > pace.MaxLimit {
		a.Limits.PerMinute = 0
	}
	return a, nil
}

func (k *KindAnswers) tidy() {
	for _, answer := range []*Answer{&k.Unique, &k.UniqueInBulk, &k.ClientRef, &k.Lookup} {
		answer.tidy()
	}
	if !isDuplicateStatus(k.DuplicateStatus) {
		k.DuplicateStatus = 0
	}
	if lag := time.Duration(k.LookupLagMS); lag < 0 || lag > mostLag/time.Millisecond {
		k.LookupLagMS = 0
	}
}

func (a *Answer) tidy() {
	if !slices.Contains([]Word{Yes, No, Ignored}, a.Is) {
		a.Is = Unknown
	}
}

// isDuplicateStatus reports whether a duplicate may be refused with that status (kustomer-api.md 18, 1).
func isDuplicateStatus(status int) bool { return status == 400 || status == 409 || status == 422 }

// Holds reports whether the answers are about an org. Without its id nothing says that they are.
func (a Answers) Holds(orgID string) bool { return a.Version != 0 && a.OrgID != "" && a.OrgID == orgID }

// Fresh reports whether the answers are young enough at now to be relied on.
func (a Answers) Fresh(now time.Time) bool {
	age := now.Sub(a.ProbedAt)
	return age <= answersAge && age >= -clockSlack
}

// Lag is how long a new object may be missing from look-ups.
func (k KindAnswers) Lag() time.Duration { return time.Duration(k.LookupLagMS) * time.Millisecond }

// Apply returns a Spec with what is known of its kind. What each answer is used for, and what happens when
// Kustomer changes its ways after the probe:
//
//   - unique is yes: a create in doubt is looked up without a quiet time (Spec.RefusesDuplicates). It takes a refusal
//     seen one after the other, one seen at once, and for batches one by a bulk job. Should Kustomer stop refusing,
//     a request that arrives after the look-up makes a duplicate, as it does now where in_doubt_wait is shorter
//     than such a delay. So answers are relied on for 90 days; the look-up itself is never left out; a lost
//     ledger is looked for as before.
//   - unique is no: what documents say (customers) is not relied on. Should Kustomer refuse again, runs wait
//     without need. This holds at any age, since it is the safe side.
//   - client_ref: whether batches go, and carry references, from the first one on. A 400 that names _clientRef
//     ends them as it does without a probe; a bulk endpoint that has learned it goes unused until the next
//     probe, or for 90 days.
//   - lookup_lag_ms: twice as long as it took, no miss of a row in doubt is looked for. It makes waits longer,
//     never shorter, at any age; with a lag that has grown, rows wait as they do without a probe.
func (a Answers) Apply(spec sinks.Spec, fresh bool) sinks.Spec {
	k, ok := a.Kinds[spec.Object]
	if !ok || spec.Kind != sinks.Makes || spec.ExternalID == "" {
		return spec
	}
	spec.Learned.LookupLag = 2 * k.Lag()
	switch {
	case k.Unique.Is == No:
		spec.Unique = false
	case k.Unique.Is == Yes && k.DuplicateStatus != 0 && fresh && !spec.Unique:
		spec.Unique = true
		spec.Learned.Unique, spec.Learned.UniqueInBulk = true, k.UniqueInBulk.Is == Yes
	}
	if fresh {
		spec.Learned.Refs = map[Word]sinks.Refs{Yes: sinks.RefsKnown, No: sinks.RefsRefused, Ignored: sinks.RefsIgnored}[k.ClientRef.Is]
	}
	return spec
}

// LookupPaths are the spellings of look-ups that found something, for Client.Prefer.
func (a Answers) LookupPaths() (paths []string) {
	for _, k := range a.Kinds {
		paths = append(paths, k.LookupPaths...)
	}
	return paths
}
