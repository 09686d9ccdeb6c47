//go:build !linux

package bench

import "syscall"

// account is the user a PostgreSQL server runs as: here, who runs this process.
type account struct{}

func otherUser() (account, error) { return account{}, nil }

func (account) own(string) error { return nil }

func (account) attributes() *syscall.SysProcAttr { return nil }

// hold starts the server and waits until it has ended.
func (p *pgServer) hold(started chan<- error) {
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.done <- p.cmd.Wait()
	}
}
