package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const benchCustomer = `{"externalId":"crm-%d","name":"Ana Ruiz","emails":[{"type":"work","email":"ana.%d@example.com"}],
"phones":[{"type":"mobile","phone":"+1555%07d"}],"tags":["vip","nightly"],"locale":"en_US","timeZone":"America/New_York",
"createdAt":"2024-03-01T10:00:00Z","custom":{"tierStr":"gold","mrrNum":129.5,"renewsAt":"2026-01-01T00:00:00Z"}}`

func BenchmarkCreateCustomer(b *testing.B) {
	for _, c := range []struct{ name, dir string }{{"memory", ""}, {"journal", b.TempDir()}} {
		b.Run(c.name, func(b *testing.B) {
			s := newServer(b, Options{Dir: c.dir})
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				r := httptest.NewRequest("POST", "/v1/customers", strings.NewReader(fmt.Sprintf(benchCustomer, n, n, n)))
				r.Header.Set("Authorization", "Bearer x")
				r.Header.Set("Content-Type", "application/json")
				w := discard{http.Header{}, 0}
				s.ServeHTTP(&w, r)
				if w.status != http.StatusCreated {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// discard is a ResponseWriter that keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }

func BenchmarkReplay(b *testing.B) {
	s := newServer(b, Options{Dir: b.TempDir()})
	made(b, s, "/v1/customers", fmt.Sprintf(benchCustomer, 1, 1, 1))
	c := change{Type: "customer", ID: s.store.all[customer][0].id.String(), Rev: 1, Doc: s.store.all[customer][0].doc}
	line := append(c.appendTo([]byte("[")), "]\n"...)
	head := header{Sandbox: journalVersion, Org: s.OrgID()}
	for b.Loop() {
		if err := replayLine(&head, line, 2, s.replay); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBulk submits jobs of a hundred customers and runs them; an operation is one customer.
func BenchmarkBulk(b *testing.B) {
	for _, c := range []struct{ name, dir string }{{"memory", ""}, {"journal", b.TempDir()}} {
		b.Run(c.name, func(b *testing.B) {
			s := newServer(b, Options{Dir: c.dir, BulkDelay: 1000 * time.Hour})
			b.ReportAllocs()
			list := make([]string, maxItems)
			for n := 0; n < b.N; n += maxItems {
				for i := range list {
					list[i] = fmt.Sprintf(benchCustomer, n+i, n+i, n+i)
				}
				job, _ := parseID(submitted(b, s, "POST", "/v1/customers/bulk", "["+strings.Join(list, ",")+"]"))
				s.runBatch(s.jobs[job], s.jobs[job].batches[0])
			}
		})
	}
}
