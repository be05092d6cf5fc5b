package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// maxPage is the largest page of a list, and the default (kustomer-api.md 1.9).
const maxPage = 100

// listAll pages through every object of a kind.
func listAll(k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer { return s.page(c, s.store.all[k]) }
}

// listOfCustomer pages through the conversations or messages of one customer.
func listOfCustomer(k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer {
		owner := s.live(customer, c.args[0])
		if owner == nil {
			return s.notFound("id")
		}
		if k == conversation {
			return s.page(c, owner.children)
		}
		var all []*record
		for _, thread := range owner.children {
			all = append(all, thread.children...)
		}
		return s.page(c, all)
	}
}

func (s *Server) listConversationMessages(c *call) answer {
	thread := s.live(conversation, c.args[0])
	if thread == nil {
		return s.notFound("id")
	}
	return s.page(c, thread.children)
}

// page answers one page of records, without the deleted ones.
func (s *Server) page(c *call, records []*record) answer {
	page, okPage := positive(c.query, "page", 1)
	size, okSize := positive(c.query, "pageSize", maxPage)
	if !okPage {
		return s.badParam("page", "page must be a number from 1", "")
	}
	if !okSize || size > maxPage {
		return s.badParam("pageSize", fmt.Sprintf("pageSize must be a number from 1 to %d", maxPage), "")
	}
	skip := (page - 1) * size
	items := []any{}
	more := false
	for _, r := range records {
		if r.deleted {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if more = len(items) == size; more {
			break
		}
		items = append(items, rawBytes(s.appendResource(nil, r, r.document())))
	}
	return s.listed(c, items, page, size, more)
}

// listed is a list answer with its links (kustomer-api.md 1.9).
func (s *Server) listed(c *call, items []any, page, size int, more bool) answer {
	to := func(ok bool, page int) any {
		if !ok {
			return nil
		}
		return fmt.Sprintf("%s?page=%d&pageSize=%d", c.r.URL.EscapedPath(), page, size)
	}
	return answer{status: http.StatusOK, body: appendJSON(nil, document{
		"data": items,
		"meta": document{"page": page, "pageSize": size},
		"links": document{
			"self": to(true, page), "first": to(true, 1), "prev": to(page > 1, page-1), "next": to(more, page+1),
		},
	})}
}

// positive reads a whole number from 1 to a million from the query.
func positive(q url.Values, name string, def int) (int, bool) {
	text := q.Get(name)
	if text == "" {
		return def, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= 1_000_000
}
