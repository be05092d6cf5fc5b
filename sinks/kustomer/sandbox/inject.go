package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// exchange is one request together with the answer that a fault is about to spoil.
type exchange struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	fault  Fault
	status int    // of the fault, where its kind has one
	answer answer // what the request came to; empty for a fault before the write
}

func deliverStatus(e exchange) {
	title := http.StatusText(e.status)
	e.s.send(e.w, e.s.refuse(e.status, problem{code: faultCode(e.status), title: title, detail: "a fault of the sandbox"}))
}

func faultCode(status int) string {
	if status == http.StatusTooManyRequests {
		return codeTooMany
	}
	return codeInternal
}

// deliverHTML answers as a proxy in front of Kustomer would (kustomer-api.md 3.1).
func deliverHTML(e exchange) {
	e.w.Header().Set("Content-Type", "text/html")
	e.w.WriteHeader(e.status)
	writeAll(e.w, fmt.Appendf(nil, "<html><head><title>%d %s</title></head><body><h1>%[1]d</h1></body></html>\n",
		e.status, http.StatusText(e.status)))
}

// deliverReset ends the connection so that the client sees a reset, not an orderly end.
func deliverReset(e exchange) {
	conn := hijack(e.w)
	if tcp, ok := rawConn(conn).(*net.TCPConn); ok {
		ignore(tcp.SetLinger(0))
		ignore(tcp.Close())
		return
	}
	ignore(conn.Close())
}

// deliverNothing keeps the connection open and silent until the client gives up.
func deliverNothing(e exchange) {
	select {
	case <-e.r.Context().Done():
	case <-e.s.done:
	}
	ignore(hijack(e.w).Close())
}

func deliverWhole(e exchange) { e.s.send(e.w, e.answer) }

func deliverSlow(e exchange) {
	e.s.pause(e.r.Context(), e.fault.Delay)
	e.s.send(e.w, e.answer)
}

func deliverDrip(e exchange) {
	flush := http.NewResponseController(e.w)
	writeHead(e.w, e.answer)
	for i := range e.answer.body {
		if e.r.Context().Err() != nil {
			return
		}
		e.s.pause(e.r.Context(), e.fault.Delay)
		writeAll(e.w, e.answer.body[i:i+1])
		ignore(flush.Flush())
	}
}

// deliverTruncated announces the whole length and sends less; net/http then drops the connection.
func deliverTruncated(e exchange) {
	writeHead(e.w, e.answer)
	writeAll(e.w, e.answer.body[:e.cut()])
	ignore(http.NewResponseController(e.w).Flush())
	ignore(hijack(e.w).Close())
}

// deliverTruncatedOpen ends the connection where the answer was cut: only the JSON shows it.
func deliverTruncatedOpen(e exchange) {
	conn := hijack(e.w)
	head := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n",
		e.answer.status, http.StatusText(e.answer.status), jsonType)
	_, err := conn.Write(append(head, e.answer.body[:e.cut()]...))
	ignore(err)
	ignore(conn.Close())
}

// cut is how many bytes of the answer a truncation lets through.
func (e exchange) cut() int {
	if e.fault.Cut == 0 {
		return len(e.answer.body) / 2
	}
	return min(e.fault.Cut, max(0, len(e.answer.body)-1))
}

func deliverEmpty(e exchange) {
	e.answer.body = nil
	e.s.send(e.w, e.answer)
}

func deliverNoID(e exchange) {
	e.answer.body = []byte(`{"data":{"type":"object","attributes":{}}}`)
	e.s.send(e.w, e.answer)
}

// hijack takes the connection from net/http. Where that is impossible it ends the request in
// the way net/http documents for handlers that must not answer.
func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// rawConn looks under TLS.
func rawConn(c net.Conn) net.Conn {
	if wrapped, ok := c.(interface{ NetConn() net.Conn }); ok {
		return wrapped.NetConn()
	}
	return c
}

// writeHead sends status and headers of an answer with its full length.
func writeHead(w http.ResponseWriter, a answer) {
	if len(a.body) > 0 {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
}

// writeAll sends bytes to a client that may be gone, which is its own affair.
func writeAll(w http.ResponseWriter, b []byte) {
	_, err := w.Write(b)
	ignore(err)
}

// ignore marks the errors of connections that are ended on purpose or by the client.
func ignore(error) {}

// pause waits; a client that gives up, or Close, ends it early.
func (s *Server) pause(ctx interface{ Done() <-chan struct{} }, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.done:
	}
}
