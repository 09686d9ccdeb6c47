//go:build unix

package bench

import "syscall"

// exchange sends a request and receives its answer. One call of the poller covers both: the first
// turn writes, and reading begins only when there is something to read, which saves a system call
// for each request.
func (c *client) exchange(request []byte) error {
	c.request, c.sent, c.have, c.err = request, false, 0, nil
	if err := c.raw.Read(c.step); err != nil {
		c.err = errBroken // the deadline of the connection has passed
	}
	return c.err
}

func (c *client) turn(fd uintptr) bool {
	if !c.sent {
		c.sent = true
		// A request is far smaller than a socket's empty buffer.
		if n, err := ignoringInterrupts(syscall.Write, fd, c.request); err != nil || n != len(c.request) {
			c.err = errBroken
			return true
		}
		return false
	}
	for {
		room := c.buf[c.have:]
		n, err := ignoringInterrupts(syscall.Read, fd, room)
		switch {
		case err == syscall.EAGAIN:
			return false
		case err != nil || n <= 0:
			c.err = errBroken
			return true
		case c.received(n):
			return true
		case n < len(room):
			return false // all that had come is read; more wakes us again
		}
	}
}

func ignoringInterrupts(call func(int, []byte) (int, error), fd uintptr, b []byte) (int, error) {
	for {
		n, err := call(int(fd), b)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
