package decide

import (
	"fmt"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// inShort writes an action down as the cases do.
func inShort(n Next, now time.Time) string {
	switch n := n.(type) {
	case ReadEntry:
		return "read entry"
	case Find:
		return "find " + strings.Join(n.By, " ")
	case CheckObject:
		return "check object " + n.ID
	case FindSurvivor:
		return "find survivor of " + n.ID
	case CheckParents:
		return "check parents"
	case FindDoubtful:
		return "find doubtful " + n.ExternalID
	case CheckControl:
		return "check control"
	case BecomeCanary:
		return "become canary"
	case AskJob:
		return "ask job"
	case Withdraw:
		return "withdraw"
	case PrepareUpdate:
		return fmt.Sprintf("prepare %v %s", n.Op, n.ID)
	case Record:
		return "record " + settlementInShort(n.Settlement)
	case Send:
		return sendInShort(n)
	case FindDrafts:
		return "find drafts"
	case KeepDraft:
		return "keep draft " + n.ID
	case WaitUntil:
		text := fmt.Sprintf("wait %v", n.At.Sub(now))
		if n.Alone {
			text += " alone"
		}
		return text
	case Settle:
		return settlementInShort(n.Settlement)
	}
	return fmt.Sprintf("unknown action %T", n)
}

func sendInShort(n Send) string {
	text := "send " + n.Op.String()
	if n.ID != "" {
		text += " " + n.ID
	}
	if n.Alone {
		text += " alone"
	}
	if n.Leftover != "" {
		text += ", leftover " + n.Leftover
	}
	return text
}

func settlementInShort(s Settlement) string {
	text := string(s.Outcome)
	if s.ID != "" {
		text += " " + s.ID
	}
	if s.RecordAs != "" {
		text += ", recorded as " + string(s.RecordAs)
	}
	if s.Changed {
		text += ", changed"
	}
	switch s.As {
	case ledger.Alias:
		text += ", alias"
	case ledger.Shares:
		text += ", shares"
	}
	if s.Moves {
		text += ", moves"
	}
	if s.Gone {
		text += ", gone"
	}
	if s.LookFirst {
		text += ", look first"
	}
	if s.Record && s.ID != "" && s.Hash == (ledger.Hash{}) {
		text += ", content unknown"
	}
	if s.Ambiguous {
		text += ", ambiguous"
	}
	if s.Outcome == ledger.Rejected && !s.Record {
		text += ", not recorded"
	}
	return text
}
