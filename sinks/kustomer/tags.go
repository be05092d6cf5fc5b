package kustomer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// tagList knows the names of an org's tags by their ids. The zero value has asked nothing.
type tagList struct {
	mu    sync.Mutex
	asked bool
	names map[string]string
}

// maxTagPages is how many pages of tags are read, of 100 each.
const maxTagPages = 100

// nameTags replaces the ids of tags in an object's contents by their names, by which tags are written, so that the two can
// be compared (kustomer-api.md 13, unknown 41). Where a name is not known, or the key may not list tags, the ids stay.
func (c *Client) nameTags(ctx context.Context, contents map[string]any) {
	tags, _ := contents["tags"].([]any)
	if len(tags) == 0 {
		return
	}
	named := make([]any, len(tags))
	var names map[string]string
	for i, tag := range tags {
		id, ok := tag.(string)
		if !ok || len(id) != 24 || checkID(id) != nil {
			return // they are shown by name
		}
		if names == nil {
			names = c.tagNames(ctx)
		}
		name, known := names[id]
		if !known {
			return
		}
		named[i] = name
	}
	contents["tags"] = named
}

// tagNames lists the tags once. It returns nil where they cannot be listed.
func (c *Client) tagNames(ctx context.Context) map[string]string {
	c.tags.mu.Lock()
	defer c.tags.mu.Unlock()
	if c.tags.asked {
		return c.tags.names
	}
	names := map[string]string{}
	for page := 1; page <= maxTagPages; page++ {
		more, ok := c.addTags(ctx, names, page)
		if !ok {
			names = nil
			break
		}
		if !more {
			break
		}
	}
	c.tags.asked, c.tags.names = ctx.Err() == nil, names
	return names
}

// addTags reads a page of tags. False: it could not be read.
func (c *Client) addTags(ctx context.Context, names map[string]string, page int) (more, ok bool) {
	const path = "/v1/tags"
	r, err := c.wire.request(http.MethodGet, fmt.Sprintf("%s?page=%d&pageSize=100", path, page), path, nil)
	if err != nil {
		return false, false
	}
	a, err := c.send(ctx, r)
	if err != nil || a.status/100 != 2 || a.cutErr != nil {
		return false, false
	}
	var doc struct {
		Data []struct {
			ID         string `json:"id"`
			Attributes struct {
				Name string `json:"name"`
			} `json:"attributes"`
		} `json:"data"`
		Links struct {
			Next any `json:"next"`
		} `json:"links"`
	}
	if json.Unmarshal(a.body, &doc) != nil {
		return false, false
	}
	for _, tag := range doc.Data {
		names[tag.ID] = tag.Attributes.Name
	}
	return doc.Links.Next != nil && doc.Links.Next != "" && len(doc.Data) > 0, true
}
