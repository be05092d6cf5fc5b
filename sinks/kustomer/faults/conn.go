package faults

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const drip = 50 * time.Millisecond // between two bytes of a slow answer

// take takes the connection over from net/http; nil when that is no longer possible.
func (x *exchange) take() net.Conn {
	hijacker, ok := x.w.(http.Hijacker)
	if !ok {
		return nil
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return nil
	}
	return conn
}

// reset ends the connection with a TCP reset.
func (x *exchange) reset() {
	conn := x.take()
	if conn == nil {
		return
	}
	raw := conn
	if secure, ok := conn.(*tls.Conn); ok {
		raw = secure.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// head returns the status line and the headers of an answer. With length < 0 there is no Content-Length, and the body
// ends with the connection.
func (x *exchange) head(a reply, length int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	_ = x.headers(a).Write(&b) // to memory
	if length >= 0 {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", length)
	}
	b.WriteString("Connection: close\r\n\r\n")
	return b.Bytes()
}

// number returns the digits in the object's name as a number.
func (x *exchange) number() int {
	digits := 0
	for _, c := range x.event.Object {
		if c >= '0' && c <= '9' {
			digits = digits*10 + int(c-'0')
			digits %= 1_000_000
		}
	}
	return digits
}

func cutWithLength(x *exchange, r rule, a reply) bool {
	every, err := strconv.Atoi(r.arg)
	if err != nil {
		every = 1
	}
	if x.number()%every != 0 {
		x.event.Fault = ""
		return false
	}
	return x.cut(a, x.number()/every, len(a.body)+1) // the length says one more, so that every answer is cut short
}

// cutEach ends each answer as many bytes later than the one before as the argument says.
func cutEach(x *exchange, r rule, a reply) bool {
	step, err := strconv.Atoi(r.arg)
	if err != nil {
		step = 1
	}
	return x.cut(a, step*(int(x.s.cuts.Add(1))-1), len(a.body)+1)
}

func cutUnsized(x *exchange, _ rule, a reply) bool { return x.cut(a, x.number(), -1) }

// cut sends an answer that ends after that many bytes, modulo the length of the body.
func (x *exchange) cut(a reply, after, length int) bool {
	if a.status/100 != 2 {
		return false
	}
	x.note(a.status)
	return x.raw(func(w io.Writer) error {
		n := after % (len(a.body) + 1)
		if length < 0 {
			n = min(n, len(a.body)-1)
		}
		_, err := w.Write(append(x.head(a, length), a.body[:n]...))
		return err
	})
}

// raw writes bytes to the connection and closes it.
func (x *exchange) raw(write func(io.Writer) error) bool {
	conn := x.take()
	if conn == nil {
		return true
	}
	_ = write(conn) // the client may be gone
	_ = conn.Close()
	return true
}

func slowHead(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error { return x.slowly(w, append(x.head(a, len(a.body)), a.body...)) })
}

func slowBody(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error {
		if _, err := w.Write(x.head(a, len(a.body))); err != nil {
			return err
		}
		return x.slowly(w, a.body)
	})
}

func (x *exchange) slowly(w io.Writer, text []byte) error {
	for i := range text {
		if _, err := w.Write(text[i : i+1]); err != nil {
			return err
		}
		if !x.pause(drip) {
			return nil
		}
	}
	return nil
}

// pause waits, and reports whether the server still runs.
func (x *exchange) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-x.s.stop:
		return false
	}
}

// unasked answers, keeps the connection open, and sends a second answer a little later.
func unasked(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error {
		head := bytes.Replace(x.head(a, len(a.body)), []byte("Connection: close\r\n"), nil, 1)
		if _, err := w.Write(append(head, a.body...)); err != nil {
			return err
		}
		x.pause(drip)
		_, err := io.WriteString(w, x.r.Header.Get("Authorization")+" HTTP/1.1 200 OK\r\n\r\n")
		x.pause(drip)
		return err
	})
}

// most is how many bytes an endless answer has, so that a client that reads all of it ends too.
const most = 100 << 20

func endless(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error {
		if _, err := w.Write(x.head(a, -1)); err != nil {
			return err
		}
		return repeat(w, strings.Repeat(" ", 64<<10))
	})
}

func endlessHeaders(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error {
		if _, err := io.WriteString(w, "HTTP/1.1 201 Created\r\n"); err != nil {
			return err
		}
		return repeat(w, "X-Filler: "+strings.Repeat("f", 8<<10)+"\r\n")
	})
}

func endlessInterim(x *exchange, _ rule, a reply) bool {
	x.note(a.status)
	return x.raw(func(w io.Writer) error { return repeat(w, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") })
}

func repeat(w io.Writer, text string) error {
	for sent := 0; sent < most; sent += len(text) {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
