package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
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

// BenchmarkBulk submits jobs of a hundred customers and waits for them; an operation is one customer.
func BenchmarkBulk(b *testing.B) {
	for _, c := range []struct{ name, dir string }{{"memory", ""}, {"journal", b.TempDir()}} {
		b.Run(c.name, func(b *testing.B) {
			s := newServer(b, Options{Dir: c.dir})
			b.ReportAllocs()
			list := make([]string, schema.MaxItems)
			for n := 0; n < b.N; n += schema.MaxItems {
				for i := range list {
					list[i] = fmt.Sprintf(benchCustomer, n+i, n+i, n+i)
				}
				path := "/v1/bulk/" + submitted(b, s, "POST", "/v1/customers/bulk", "["+strings.Join(list, ",")+"]")
				for do(b, s, "GET", path, "").attr("completed") != true {
					runtime.Gosched()
				}
			}
		})
	}
}
