package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// SeedError says which line of a seed cannot be an object, and why.
type SeedError struct {
	Line int
	Err  error
}

func (e *SeedError) Error() string { return fmt.Sprintf("line %d of the objects: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *SeedError) Unwrap() error { return e.Err }

// seed makes objects that no request could make, such as users, or quickly many that one could. It gives how many
// were made before a mistake.
func (s *Server) seed(text []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.failed != nil {
		return 0, errors.New("the sandbox is closed")
	}
	err = eachSeed(text, func(c store.Change) error {
		if c.ID == "" {
			c.ID = s.store.NewID().String()
		}
		if err := s.checkSeed(c); err != nil {
			return err
		}
		_, err := s.store.Commit(c)
		if err == nil {
			n++
		}
		return err
	})
	return n, err
}

// eachSeed reads lines of JSON such as GET /_sandbox/objects writes: type, attributes, and an id where it matters.
// Relationships are attributes too: the id of a customer, the name of a klass.
func eachSeed(text []byte, do func(store.Change) error) error {
	line := 0
	for text := range bytes.Lines(text) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var seed struct {
			Type, ID   string
			Attributes json.RawMessage
		}
		err := json.Unmarshal(text, &seed)
		if err == nil {
			var attributes any
			if attributes, err = wire.Decode(seed.Attributes); err == nil {
				err = do(store.Change{Type: seed.Type, ID: seed.ID, Rev: 1, Doc: wire.JSON(attributes)})
			}
		}
		if err != nil {
			return &SeedError{Line: line, Err: err}
		}
	}
	return nil
}

// checkSeed refuses an object that would not fit with the others.
func (s *Server) checkSeed(c store.Change) error {
	checked, err := s.store.Check(c)
	if err != nil {
		return err
	}
	if s.store.ByID(checked.ID) != nil || s.resources.Jobs.Has(checked.ID) {
		return fmt.Errorf("the id %s is in use", c.ID)
	}
	if err := s.store.Taken(checked, nil); err != nil {
		return err
	}
	if checked.Kind == store.KObject && s.store.EnabledKlass(checked.Klass()) == nil {
		return fmt.Errorf("the klass %q does not exist", checked.Klass())
	}
	var references map[string]json.RawMessage
	if err := json.Unmarshal(c.Doc, &references); err != nil {
		return err
	}
	for _, name := range []string{"company", "createdBy", "modifiedBy", "source", "target", "conversation", "customer"} {
		var text string
		if raw, has := references[name]; has && (checked.Kind != store.Message || name != "source") {
			err := json.Unmarshal(raw, &text)
			if _, ok := wire.ParseID(text); err != nil || !ok && text != "" {
				return fmt.Errorf("%s must be an id", name)
			}
		}
	}
	return nil
}
