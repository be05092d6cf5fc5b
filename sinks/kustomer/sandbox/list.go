package sandbox

import (
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxPage is the largest page of most lists, and the default (kustomer-api.md 1.9).
const maxPage = 100

// maxListed is the largest page of users and teams (kustomer-api.md 13).
const maxListed = 500

// listAll pages through every object of a kind.
func listAll(k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer { return s.page(c, s.store.all[k]) }
}

// listUnder pages through the objects of a kind that belong to one of another kind, or to
// something that does.
func listUnder(top, k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer {
		owner := s.live(top, c.args[0])
		if owner == nil {
			return s.notFound("id")
		}
		return s.page(c, slices.Collect(owner.below(k)))
	}
}

// below goes through the objects of a kind under another one.
func (r *record) below(k kind) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, child := range r.children {
			if child.kind == k {
				if !yield(child) {
					return
				}
				continue
			}
			for grandchild := range child.below(k) {
				if !yield(grandchild) {
					return
				}
			}
		}
	}
}

// page answers one page of records, without the deleted ones. Every list takes page, pageSize,
// sort=asc|desc by time, fromDate and filter[createdAt]; one of messages also channel
// (kustomer-api.md 1.9, 6.1, 7.5, 9.3).
func (s *Server) page(c *call, records []*record, keep ...func(*record) bool) answer {
	page, size, refused := s.pageOf(c, orDefault(c.route.pageMax, maxPage))
	if refused != nil {
		return *refused
	}
	filters, refused := s.filters(c)
	if refused != nil {
		return *refused
	}
	filters = append(filters, keep...)
	skip := (page - 1) * size
	items := []any{}
	more := false
	for _, r := range ordered(records, c.query.Get("sort")) {
		if r.deleted || slices.ContainsFunc(filters, func(keep func(*record) bool) bool { return !keep(r) }) {
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

// pageOf reads which page is wanted.
func (s *Server) pageOf(c *call, most int) (page, size int, refused *answer) {
	page, okPage := positive(c.query, "page", 1)
	size, okSize := positive(c.query, "pageSize", maxPage)
	if !okPage {
		return 0, 0, refusal(s.badParam("page", "page must be a number from 1", ""))
	}
	if !okSize || size > most {
		return 0, 0, refusal(s.badParam("pageSize", fmt.Sprintf("pageSize must be a number from 1 to %d", most), ""))
	}
	return page, size, nil
}

// ordered sorts records by time where that is asked for; they come in order of creation.
func ordered(records []*record, sort string) []*record {
	way := 0
	switch strings.ToLower(sort) {
	case "asc":
		way = 1
	case "desc":
		way = -1
	default:
		return records
	}
	sorted := slices.Clone(records)
	if way < 0 {
		slices.Reverse(sorted) // of two at the same time the later made comes first
	}
	slices.SortStableFunc(sorted, func(a, b *record) int {
		switch {
		case a.sent < b.sent:
			return -way
		case a.sent > b.sent:
			return way
		}
		return 0
	})
	return sorted
}

// timeFilters are the parameters that bound the time of what is listed.
var timeFilters = map[string]func(at, bound int64) bool{
	"fromDate":               func(at, bound int64) bool { return at >= bound },
	"filter[createdAt][gte]": func(at, bound int64) bool { return at >= bound },
	"filter[createdAt][gt]":  func(at, bound int64) bool { return at > bound },
	"filter[createdAt][lte]": func(at, bound int64) bool { return at <= bound },
	"filter[createdAt][lt]":  func(at, bound int64) bool { return at < bound },
}

// filters reads what a list is to leave out.
func (s *Server) filters(c *call) ([]func(*record) bool, *answer) {
	var list []func(*record) bool
	for name, fits := range timeFilters {
		text := c.query.Get(name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, text)
		if full, ok := parseTime(text); ok {
			t, err = full, nil
		}
		if err != nil {
			return nil, refusal(s.badParam(name, "Format validation failed (date-time expected)", ""))
		}
		list = append(list, func(r *record) bool { return fits(r.sent, t.UnixMilli()) })
	}
	if channel := c.query.Get("channel"); channel != "" {
		list = append(list, func(r *record) bool { return r.kind != message || channels[r.channel] == channel })
	}
	return list, nil
}

// listed is a list answer with its links (kustomer-api.md 1.9).
func (s *Server) listed(c *call, items []any, page, size int, more bool) answer {
	to := func(ok bool, page int) any {
		if !ok {
			return nil
		}
		query := url.Values{}
		for name, values := range c.query {
			query[name] = values
		}
		query.Set("page", strconv.Itoa(page))
		query.Set("pageSize", strconv.Itoa(size))
		return c.r.URL.EscapedPath() + "?" + query.Encode()
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
