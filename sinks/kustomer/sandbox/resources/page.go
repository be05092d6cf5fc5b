package resources

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// maxPage is the largest page of most lists, and the default (kustomer-api.md 1.9).
const maxPage = 100

// maxListed is the largest page of users and teams (kustomer-api.md 13).
const maxListed = 500

// filter says which objects a list shows.
type filter func(*store.Record) bool

// listAll pages through the objects of a kind. fields says which attribute each parameter of the query is compared
// with.
func (o *objects) listAll(k store.Kind, fields map[string]string) handler {
	return func(c *router.Call) router.Answer {
		if len(fields) == 0 {
			return o.page(c, o.Store.All(k))
		}
		return o.page(c, o.Store.All(k), matching(c, fields))
	}
}

// listUnder pages through the objects of a kind that belong to one of another kind, or to something that does.
func (o *objects) listUnder(top, k store.Kind) handler {
	return func(c *router.Call) router.Answer {
		owner, refused := o.reach(o.Store.Get(top, c.Args[0]), reads, "id")
		if refused != nil {
			return *refused
		}
		return o.page(c, slices.Collect(owner.Below(k)))
	}
}

// matching keeps what has the attributes that the query asks for.
func matching(c *router.Call, fields map[string]string) filter {
	return func(r *store.Record) bool {
		doc := r.Document()
		for parameter, attribute := range fields {
			if want := c.Query.Get(parameter); want != "" && !strings.EqualFold(want, fmt.Sprint(doc[attribute])) {
				return false
			}
		}
		return true
	}
}

// page answers one page of records, without the deleted ones. Every list takes page, pageSize, sort=asc|desc by
// time, fromDate and filter[createdAt]; one of messages also channel (kustomer-api.md 1.9, 6.1, 7.5, 9.3).
func (o *objects) page(c *router.Call, records []*store.Record, keep ...filter) router.Answer {
	page, size, refused := o.pageOf(c, cmp.Or(c.Route.PageMax, maxPage))
	if refused != nil {
		return *refused
	}
	filters, refused := o.filters(c)
	if refused != nil {
		return *refused
	}
	filters = append(filters, keep...)
	skip := (page - 1) * size
	items := []any{}
	more, total := false, 0
	for _, r := range ordered(records, c.Query.Get("sort")) {
		if r.Deleted && !o.Rules.ListDeleted || slices.ContainsFunc(filters, func(keep filter) bool { return !keep(r) }) {
			continue
		}
		if skip > 0 {
			skip--
			total++
			continue
		}
		total++
		if more = len(items) == size; more && !c.Route.Total {
			break
		}
		if more {
			continue
		}
		items = append(items, o.resourceText(r, r.Document()))
	}
	if c.Route.Total {
		return listed(c, items, page, size, more, total)
	}
	return listed(c, items, page, size, more)
}

// pageOf reads which page is wanted, of at most so many objects.
func (o *objects) pageOf(c *router.Call, most int) (page, size int, refused *router.Answer) {
	page, okPage := positive(c.Query, "page", 1)
	size, okSize := positive(c.Query, "pageSize", maxPage)
	if !okPage {
		return 0, 0, new(o.Errors.BadParam("page", "page must be a number from 1", ""))
	}
	if !okSize || size > most {
		return 0, 0, new(o.Errors.BadParam("pageSize", fmt.Sprintf("pageSize must be a number from 1 to %d", most), ""))
	}
	return page, size, nil
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

// filters reads what a list is to leave out.
func (o *objects) filters(c *router.Call) ([]filter, *router.Answer) {
	var list []filter
	for name, bound := range timeBounds {
		text := c.Query.Get(name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, text)
		if full, ok := wire.ParseTime(text); ok {
			t, err = full, nil
		}
		if err != nil {
			return nil, new(o.Errors.BadParam(name, "Format validation failed (date-time expected)", ""))
		}
		list = append(list, func(r *store.Record) bool { return bound.fits(bound.of(r), t.UnixMilli()) })
	}
	if channel := c.Query.Get("channel"); channel != "" {
		list = append(list, func(r *store.Record) bool { return r.Kind != store.Message || r.Channel() == channel })
	}
	return list, nil
}

// listed is a list answer with its links (kustomer-api.md 1.9), and how many objects there are in all where that is given.
func listed(c *router.Call, items []any, page, size int, more bool, total ...int) router.Answer {
	to := func(ok bool, page int) any {
		if !ok {
			return nil
		}
		query := url.Values{}
		for name, values := range c.Query {
			query[name] = values
		}
		query.Set("page", strconv.Itoa(page))
		query.Set("pageSize", strconv.Itoa(size))
		return c.Request.URL.EscapedPath() + "?" + query.Encode()
	}
	meta := wire.Document{"page": page, "pageSize": size}
	for _, n := range total {
		meta["total"], meta["totalPages"] = n, (n+size-1)/size
	}
	return router.Answer{Status: http.StatusOK, Body: wire.JSON(wire.Document{
		"data": items,
		"meta": meta,
		"links": wire.Document{
			"self": to(true, page), "first": to(true, 1), "prev": to(page > 1, page-1), "next": to(more, page+1),
		},
	})}
}
