package ledger

import "fmt"

// merge returns the entry that is to be stored after the outcome e, when old was stored before; found is false when
// nothing was. What Kustomer is known to have never goes away.
func merge(old Entry, found bool, e Entry) (Entry, error) {
	refuse := func(format string, args ...any) (Entry, error) {
		return Entry{}, &EntryError{Step: e.Step, Key: e.Key, Reason: fmt.Sprintf(format, args...)}
	}
	loaded := found && old.Loaded()
	switch e.Outcome {
	case Created, Updated, Existed:
		if !e.Loaded() {
			return refuse("it is %s, but has no id", e.Outcome)
		}
		if e.Role > Shares {
			return refuse("%d is no role that a row can have", e.Role)
		}
		if loaded && old.KustomerID != e.KustomerID && !e.Moves {
			return refuse("it has the id %s, and the ledger knows it as %s; look in Kustomer which of the two is right", e.KustomerID, old.KustomerID)
		}
	case Rejected:
		e.KustomerID, e.Hash, e.Fields, e.CreatedIn, e.Gone = "", Hash{}, "", "", false
		if loaded {
			e.Object, e.ExternalID, e.KustomerID, e.Hash = old.Object, old.ExternalID, old.KustomerID, old.Hash
			e.CreatedIn, e.Role, e.Gone = old.CreatedIn, old.Role, old.Gone
		}
		return e, nil
	default:
		return refuse("%q is no outcome that is stored", e.Outcome)
	}
	e.Gone, e.CreatedIn = false, ""
	switch {
	case loaded && old.KustomerID == e.KustomerID && (old.CreatedIn != "" || e.Outcome != Created):
		e.CreatedIn = old.CreatedIn
	case e.Outcome == Created:
		e.CreatedIn = e.RunID
	}
	return e, nil
}
