//go:build !unix

package bench

// exchange sends a request and receives its answer.
func (c *client) exchange(request []byte) error {
	c.have, c.err = 0, nil
	if _, err := c.conn.Write(request); err != nil {
		c.err = errBroken
		return c.err
	}
	for {
		n, err := c.conn.Read(c.buf[c.have:])
		if n > 0 && c.received(n) {
			return c.err
		}
		if err != nil {
			c.err = errBroken
			return c.err
		}
	}
}

func (c *client) turn(uintptr) bool { return true }
