package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// faults are all that rules may name.
var faults = map[string]fault{
	"reset-before": {doc: "the connection is reset, nothing was written", before: resetBefore},
	"reset-after":  {doc: "the write happens, then the connection is reset", after: resetAfter},
	"hang-before":  {doc: "no answer, nothing was written", before: hangBefore},
	"hang-after":   {doc: "the write happens, then no answer", after: hangAfter},
	"late":         {doc: "the connection is reset; the write happens so much later", check: checkDuration, before: lateReset},
	"late-hang":    {doc: "no answer; the write happens so much later", check: checkDuration, before: lateHang},

	"kill-before": {doc: "the client is killed, nothing was written", before: killBefore},
	"kill-after":  {doc: "the write happens, then the client is killed", after: killAfter},
	"kill-told":   {doc: "the answer is sent, and so much later the client is killed", check: checkDuration, after: killTold},

	"delay":        {doc: "the answer comes so much later", check: checkDuration, before: delay},
	"status":       {doc: "that status, nothing was written", check: checkNumber, before: statusBefore},
	"status-after": {doc: "the write happens, then that status", check: checkNumber, after: statusAfter},
	"limited":      {doc: "429 with a Retry-After of that kind: second, seconds, date, absent, garbage, huge; or object", before: limited},
	"echo":         {doc: "422 that repeats the key", before: echo},
	"redirect":     {doc: "STATUS,URL: a redirect, nothing was written", before: redirect},

	"cut":          {doc: "the answer ends after as many bytes as the object's number, its length says more; =N: each N-th object's number, by N", after: cutWithLength},
	"cut-unsized":  {doc: "the same, without a length", after: cutUnsized},
	"html":         {doc: "200 with a web page", after: page},
	"empty":        {doc: "200 without a body", after: empty},
	"no-id":        {doc: "201 without an id", after: noID},
	"odd-id":       {doc: "201 with a number for an id", after: oddID},
	"other-object": {doc: "201 that shows another object", after: otherObject},

	"job-gone":         {doc: "the batch is accepted and handled, and its job not known afterwards", job: jobGone},
	"job-vanishes":     {doc: "the batch is accepted, and neither handled nor known afterwards", job: jobVanishes},
	"job-late":         {doc: "the batch is handled so much later", check: checkDuration, job: jobLate},
	"cut-each":         {doc: "the answer ends after 0 bytes, the next one after 1, and so on; =N: after N, 2N, ...", after: cutEach},
	"bad":              {doc: "a batch with the item is refused as a whole", on: onCheck},
	"one-id":           {doc: "the batch is handled, and its results give one object to all items", job: jobWithOneID},
	"rotated":          {doc: "the batch is handled, and its results give each item the object of the next one", job: jobRotated},
	"two-ids":          {doc: "the batch is handled, and its results name a second object for one item", job: jobWithTwoIDs},
	"item-error":       {doc: "a job says that the item failed, nothing was written", on: onItem, skips: true, fails: true},
	"item-error-after": {doc: "the write happens, and the job says that the item failed", on: onItem, fails: true},
	"item-lost":        {doc: "a job has no result for the item, nothing was written", on: onItem, skips: true, hides: true},
	"item-hidden":      {doc: "the write happens, and the job has no result for the item", on: onItem, hides: true},

	"firewall": {doc: "403 with a web page where the body has <script>, nothing was written", before: firewall},
	"login":    {doc: "200 with the page of a login, nothing was written", before: login},
	"away":     {doc: "503 with a Retry-After of so many seconds, nothing was written", check: checkNumber, before: away},
	"half":     {doc: "200 with half of the answer, which its length does not tell", after: half},

	"unasked":   {doc: "the answer, and then a second one that no request asked for, which repeats the key", after: unasked},
	"slow-head": {doc: "the head of the answer comes slowly, a byte every 50 ms", after: slowHead},
	"slow-body": {doc: "the body comes slowly, a byte every 50 ms", after: slowBody},
	"endless":   {doc: "a body that never ends", after: endless},
	"headers":   {doc: "headers that never end", after: endlessHeaders},
	"interim":   {doc: "interim answers that never end", after: endlessInterim},
	"gzip":      {doc: "a small body that unpacks to 256 MiB", after: gzipBomb},
}

func resetBefore(x *exchange, _ rule) bool { x.note(0); x.reset(); return true }

func resetAfter(x *exchange, _ rule, _ reply) bool { x.note(0); x.reset(); return true }

func killBefore(x *exchange, _ rule) bool { x.note(0); x.s.killClient(); x.reset(); return true }

func killAfter(x *exchange, _ rule, _ reply) bool {
	x.note(0)
	x.s.killClient()
	x.reset()
	return true
}

func killTold(x *exchange, r rule, a reply) bool {
	x.send(a)
	_ = http.NewResponseController(x.w).Flush() // the client may be gone
	if wait, err := time.ParseDuration(r.arg); err == nil {
		time.Sleep(wait)
	}
	x.s.killClient()
	return true
}

func hangBefore(x *exchange, _ rule) bool { x.note(0); x.hold(); return true }

func hangAfter(x *exchange, _ rule, _ reply) bool { x.note(0); x.hold(); return true }

func lateReset(x *exchange, r rule) bool {
	x.later(r)
	x.note(0)
	x.reset()
	return true
}

func lateHang(x *exchange, r rule) bool {
	x.later(r)
	x.note(0)
	x.hold()
	return true
}

// later does the write after a while, even if the client is gone.
func (x *exchange) later(r rule) {
	wait, err := time.ParseDuration(r.arg)
	if err != nil {
		return // checked when the rule was read
	}
	x.s.later.Go(func() {
		time.Sleep(wait)
		x.answer()
	})
}

// hold waits until the client gives up.
func (x *exchange) hold() {
	select {
	case <-x.r.Context().Done():
	case <-x.s.stop:
	}
	x.reset()
}

func delay(x *exchange, r rule) bool {
	if wait, err := time.ParseDuration(r.arg); err == nil {
		x.pause(wait)
	}
	return false
}

func statusOf(r rule) int {
	n, _ := strconv.Atoi(r.arg) // checked when the rule was read
	return n
}

func statusBefore(x *exchange, r rule) bool {
	x.send(x.s.failure(statusOf(r)))
	return true
}

func statusAfter(x *exchange, r rule, _ reply) bool {
	x.send(x.s.failure(statusOf(r)))
	return true
}

// limited answers 429 as if the org's rate limit were used up, or for "object" that of one object. With "seconds" and
// "date" it asks for a pause of two seconds.
func limited(x *exchange, r rule) bool {
	a := x.s.failure(http.StatusTooManyRequests)
	limit := strconv.Itoa(max(x.s.opts.Rates.Limit, 900_000))
	a.header = http.Header{"X-Ratelimit-Limit": {limit}, "X-Ratelimit-Remaining": {"0"}}
	switch r.arg {
	case "object":
		a.header.Set("X-Ratelimit-Remaining", limit)
	case "seconds":
		a.header.Set("Retry-After", "2")
	case "second":
		a.header.Set("Retry-After", "1")
		a.header.Set("X-Ratelimit-Reset", "1")
	case "date": // whole seconds, so that it is two at least
		a.header.Set("Retry-After", time.Now().Add(x.s.rates.Skew+3*time.Second).UTC().Format(http.TimeFormat))
	case "garbage":
		a.header.Set("Retry-After", "soon, perhaps")
		a.header.Set("X-Ratelimit-Reset", "NaN")
	case "huge":
		a.header.Set("Retry-After", "1000000000")
	}
	x.event.Authorized = true
	x.send(a)
	return true
}

// echo refuses a request and repeats the key in what it says.
func echo(x *exchange, _ rule) bool {
	key := strings.TrimPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	x.send(x.s.problem(http.StatusUnprocessableEntity, key, "no such thing as "+key+" or "+x.r.Header.Get("Authorization"), key))
	return true
}

func redirect(x *exchange, r rule) bool {
	status, address, _ := strings.Cut(r.arg, ",")
	code, err := strconv.Atoi(status)
	if err != nil {
		code = http.StatusFound
	}
	x.send(reply{status: code, header: http.Header{"Location": {address}}, body: []byte("{}")})
	return true
}

func page(x *exchange, _ rule, _ reply) bool {
	x.send(reply{status: 200, header: http.Header{"Content-Type": {"text/html"}},
		body: []byte("<html><head><title>All is well</title></head><body>It works!</body></html>")})
	return true
}

func firewall(x *exchange, _ rule) bool {
	if !bytes.Contains(x.body, []byte(`<script>`)) && !bytes.Contains(x.body, []byte(`\u003cscript`)) {
		return false
	}
	x.note(http.StatusForbidden)
	x.send(reply{status: http.StatusForbidden, header: http.Header{"Content-Type": {"text/html"}},
		body: []byte("<html><head><title>Blocked</title></head><body>Your request was blocked.</body></html>")})
	return true
}

func login(x *exchange, _ rule) bool {
	x.send(reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}},
		body: []byte("<html><head><title>Sign in</title></head><body>Please sign in.</body></html>")})
	return true
}

func away(x *exchange, r rule) bool {
	a := x.s.failure(http.StatusServiceUnavailable)
	a.header = http.Header{"Retry-After": {r.arg}}
	x.send(a)
	return true
}

func half(x *exchange, _ rule, a reply) bool {
	a.body = a.body[:len(a.body)/2]
	x.send(a)
	return true
}

func empty(x *exchange, _ rule, _ reply) bool {
	x.send(reply{status: 200})
	return true
}

func noID(x *exchange, _ rule, a reply) bool {
	return x.changed(a, func(data map[string]any) { delete(data, "id") })
}

func oddID(x *exchange, _ rule, a reply) bool {
	return x.changed(a, func(data map[string]any) { data["id"] = 12345 })
}

func otherObject(x *exchange, _ rule, a reply) bool {
	return x.changed(a, func(data map[string]any) {
		data["id"] = "65ffffffffffffffffffffff"
		if attributes, ok := data["attributes"].(map[string]any); ok {
			attributes["externalId"] = "somebody else's"
		}
	})
}

// changed changes the object in an answer, and sends it.
func (x *exchange) changed(a reply, change func(data map[string]any)) bool {
	var doc map[string]any
	if a.status/100 != 2 || json.Unmarshal(a.body, &doc) != nil {
		return false
	}
	data, ok := doc["data"].(map[string]any)
	if !ok {
		return false
	}
	change(data)
	a.body = encode(doc)
	x.send(a)
	return true
}

// The faults of jobs change what happens to a batch that was accepted.
func jobGone(j *job, _ string) { j.gone = true }

func jobVanishes(j *job, _ string) { j.gone, j.stuck = true, true }

func jobLate(j *job, arg string) {
	if wait, err := time.ParseDuration(arg); err == nil { // checked when the rule was read
		j.wait = wait
	}
}

// gzipBody is 256 MiB of spaces, packed.
var gzipBody = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 256 {
		_, _ = z.Write(spaces) // to memory
	}
	_ = z.Close()
	return b.Bytes()
})

func gzipBomb(x *exchange, _ rule, a reply) bool {
	a.header = http.Header{"Content-Encoding": {"gzip"}}
	a.body = gzipBody()
	x.send(a)
	return true
}

// Names returns what each fault does, by its name.
func Names() map[string]string {
	docs := map[string]string{}
	for name, f := range faults {
		docs[name] = f.doc
	}
	return docs
}

// ParseRules reads rules, one a line or separated by semicolons: the name of a fault, its argument
// behind a =, and then the requests that it applies to:
//
//	reset-after method=POST share=30% attempt=1
//	late=1500ms kind=message attempt=1 share=20%
//	status=401 from=50
//
// The first rule that fits a request applies. Whether a request is in the share is decided by a hash
// of seed, rule, method, object and attempt, never by the order of arrival, so that a seed replays.
func ParseRules(text string) ([]rule, error) { return parseRules(text, faults) }

func checkDuration(arg string) error {
	_, err := time.ParseDuration(arg)
	return err
}

func checkNumber(arg string) error {
	_, err := strconv.Atoi(arg)
	return err
}
