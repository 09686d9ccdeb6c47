package bench

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

// connectWait bounds the opening of a connection.
const connectWait = 10 * time.Second

// Errors of an exchange; the load counts them by these words.
var (
	errBroken    = errors.New("connection broken")
	errMalformed = errors.New("answer malformed")
)

// client is one keep-alive connection of the load: it sends requests that are rendered already and
// looks at no more of an answer than it must.
type client struct {
	conn    net.Conn
	raw     syscall.RawConn
	step    func(fd uintptr) bool // one turn of exchange, made once
	request []byte
	sent    bool
	buf     []byte // the answer
	have    int    // bytes of it that are there
	answer  answer
	err     error
}

// answer is what the load looks at.
type answer struct {
	status int
	body   []byte // valid until the next exchange
	close  bool   // the server closes the connection
}

// dial opens a connection that lives until end at most.
func dial(address string, end time.Time) (*client, error) {
	conn, err := net.DialTimeout("tcp", address, connectWait)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(end); err != nil {
		conn.Close()
		return nil, err
	}
	c := &client{conn: conn, buf: make([]byte, 8<<10)}
	if s, ok := conn.(syscall.Conn); ok {
		if c.raw, err = s.SyscallConn(); err != nil {
			conn.Close()
			return nil, err
		}
	}
	c.step = c.turn
	return c, nil
}

// received looks whether the answer is complete after n more bytes.
func (c *client) received(n int) (done bool) {
	c.have += n
	done, c.err = c.answer.parse(c.buf[:c.have])
	if !done && c.err == nil && c.have == len(c.buf) {
		c.buf = append(c.buf, make([]byte, len(c.buf))...)
	}
	return done || c.err != nil
}

// parse reads an answer; false while it is not complete. It knows what a Go server sends: a
// Content-Length, and no body in chunks.
func (a *answer) parse(b []byte) (done bool, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return false, nil
	}
	head, body := b[:end+2], b[end+4:]
	if len(head) < len("HTTP/1.1 200\r\n") || !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) {
		return false, errMalformed
	}
	status, err := strconv.Atoi(string(head[9:12]))
	if err != nil {
		return false, errMalformed
	}
	length, err := strconv.Atoi(string(header(head, "\r\nContent-Length: ")))
	if status == http.StatusNoContent {
		length, err = 0, nil
	}
	if err != nil || length < 0 || length < len(body) {
		return false, errMalformed
	}
	if len(body) < length {
		return false, nil
	}
	a.status, a.body = status, body
	a.close = bytes.Equal(header(head, "\r\nConnection: "), []byte("close"))
	return true, nil
}

// header returns the value that follows name, which includes the line break before it.
func header(head []byte, name string) []byte {
	_, rest, found := bytes.Cut(head, []byte(name))
	if !found {
		return nil
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return value
}
