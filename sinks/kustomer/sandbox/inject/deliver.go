package inject

import (
	"fmt"
	"net"
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
)

// Exchange is one request together with the answer that a fault is about to spoil.
type Exchange struct {
	W      http.ResponseWriter
	R      *http.Request
	Answer router.Answer       // what the request came to; empty for a fault before the write
	Send   func(router.Answer) // sends a whole answer to W
	Errors router.Errors
	Closed <-chan struct{} // closed with the sandbox

	fault  Fault
	status int // of the fault, where its kind has one
}

// Deliver gives a client the answer that the fault lets through, if any.
func (p Planned) Deliver(e Exchange) {
	e.fault, e.status = p.Fault, p.status
	p.Kind.deliver(e)
}

func deliverStatus(e Exchange) {
	code := router.CodeInternal
	if e.status == http.StatusTooManyRequests {
		code = router.CodeTooMany
	}
	e.Send(e.Errors.Refuse(e.status, router.Problem{Code: code, Title: http.StatusText(e.status), Detail: "a fault of the sandbox"}))
}

// deliverHTML answers as a proxy in front of Kustomer would (kustomer-api.md 3.1).
func deliverHTML(e Exchange) {
	e.W.Header().Set("Content-Type", "text/html")
	e.W.WriteHeader(e.status)
	_, _ = fmt.Fprintf(e.W, "<html><head><title>%d %s</title></head><body><h1>%[1]d</h1></body></html>\n",
		e.status, http.StatusText(e.status))
}

// deliverReset ends the connection so that the client sees a reset, not an orderly end.
func deliverReset(e Exchange) {
	conn := hijack(e.W)
	if tcp, ok := rawConn(conn).(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
		return
	}
	_ = conn.Close()
}

// deliverNothing keeps the connection open and silent until the client gives up.
func deliverNothing(e Exchange) {
	select {
	case <-e.R.Context().Done():
	case <-e.Closed:
	}
	_ = hijack(e.W).Close()
}

func deliverWhole(e Exchange) { e.Send(e.Answer) }

func deliverSlow(e Exchange) {
	Wait(e.R.Context().Done(), e.Closed, e.fault.Delay)
	e.Send(e.Answer)
}

func deliverDrip(e Exchange) {
	flusher := http.NewResponseController(e.W)
	e.Answer.SendHead(e.W)
	for i := range e.Answer.Body {
		if e.R.Context().Err() != nil {
			return
		}
		Wait(e.R.Context().Done(), e.Closed, e.fault.Delay)
		_, _ = e.W.Write(e.Answer.Body[i : i+1])
		_ = flusher.Flush()
	}
}

// deliverTruncated announces the whole length and sends less; net/http then drops the connection.
func deliverTruncated(e Exchange) {
	e.Answer.SendHead(e.W)
	_, _ = e.W.Write(e.Answer.Body[:e.cut()])
	_ = http.NewResponseController(e.W).Flush()
	_ = hijack(e.W).Close()
}

// deliverTruncatedOpen ends the connection where the answer was cut: only the JSON shows it.
func deliverTruncatedOpen(e Exchange) {
	conn := hijack(e.W)
	head := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nConnection: close\r\n\r\n",
		e.Answer.Status, http.StatusText(e.Answer.Status), router.JSONType)
	_, _ = conn.Write(append(head, e.Answer.Body[:e.cut()]...))
	_ = conn.Close()
}

// cut is how many bytes of the answer a truncation lets through.
func (e Exchange) cut() int {
	if e.fault.Cut == 0 {
		return len(e.Answer.Body) / 2
	}
	return min(e.fault.Cut, max(0, len(e.Answer.Body)-1))
}

func deliverEmpty(e Exchange) {
	e.Answer.Body = nil
	e.Send(e.Answer)
}

func deliverNoID(e Exchange) {
	e.Answer.Body = []byte(`{"data":{"type":"object","attributes":{}}}`)
	e.Send(e.Answer)
}

// hijack takes the connection from net/http. Where that is impossible it ends the request in the way net/http
// documents for handlers that must not answer.
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
