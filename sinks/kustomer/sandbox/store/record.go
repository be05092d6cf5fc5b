package store

import (
	"iter"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Record is one object. Only the store changes it. It is kept small: a sandbox holds a million of them.
type Record struct {
	ID       wire.ID
	Kind     Kind
	Deleted  bool
	Outbound bool  // of a message
	status   uint8 // of a conversation: index in statuses
	channel  uint8 // of a message: index in channels
	Rev      uint32
	born     int64     // Unix nanoseconds of its creation; 0 when an earlier process made it
	Given    bool      // there from the start, no request made it
	Time     int64     // Unix milliseconds: when a message was sent, when another object was made
	klass    *string   // of a KObject: the name of its klass
	Parent   *Record   // what it belongs to: a message to a conversation, that to a customer; nil when to nothing
	Children []*Record // what belongs to it, in order of creation
	Doc      []byte    // JSON object of what was set; defaults are added when it is shown
}

var (
	statuses = []string{"open", "snoozed", "done"}
	channels = []string{"email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"}
)

// Status is the status of a conversation: open, snoozed or done.
func (r *Record) Status() string { return statuses[r.status] }

// Channel is the channel of a message.
func (r *Record) Channel() string { return channels[r.channel] }

// Klass is the name of the klass of a KObject; "" for other objects.
func (r *Record) Klass() string {
	if r.klass == nil {
		return ""
	}
	return *r.klass
}

// NewerThan reports whether this process made the object, less than an age ago. Nothing is newer than 0.
func (r *Record) NewerThan(age time.Duration) bool {
	return age > 0 && r.born != 0 && time.Since(time.Unix(0, r.born)) < age
}

// Document decodes what was set.
func (r *Record) Document() wire.Document {
	v, err := wire.Decode(r.Doc)
	if d, ok := v.(wire.Document); ok && err == nil {
		return d
	}
	return wire.Document{}
}

// ExternalID is the externalId of an object; "" when it has none.
func (r *Record) ExternalID() string {
	f, err := factsOf(r.Kind, r.Doc)
	if err != nil {
		return ""
	}
	return f.ExternalID
}

// Below goes through the objects of a kind that belong to this one, or to something that does.
func (r *Record) Below(k Kind) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for _, child := range r.Children {
			if child.Kind == k {
				if !yield(child) {
					return
				}
				continue
			}
			for grandchild := range child.Below(k) {
				if !yield(grandchild) {
					return
				}
			}
		}
	}
}

// take copies from a document's facts what answers about the parent of the object need.
func (r *Record) take(f *facts) {
	r.status = uint8(max(0, slices.Index(statuses, f.Status)))
	r.channel = uint8(max(0, slices.Index(channels, f.Channel)))
	r.Outbound = f.Direction == "out"
	if t, ok := wire.ParseTime(f.SentAt); ok {
		r.Time = t.UnixMilli()
	} else if t, ok := wire.ParseTime(f.CreatedAt); ok {
		r.Time = t.UnixMilli()
	}
}

// moveTo makes the object belong to another one, or to none.
func (r *Record) moveTo(parent *Record) {
	if r.Parent == parent {
		return
	}
	if r.Parent != nil {
		r.Parent.Children = slices.DeleteFunc(r.Parent.Children, func(c *Record) bool { return c == r })
	}
	r.Parent = parent
	if parent != nil {
		parent.Children = append(parent.Children, r)
	}
}
