package bench

import (
	"errors"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"syscall"
)

// account is the user a PostgreSQL server runs as: it refuses to be root. The zero value is who
// runs this process.
type account struct {
	uid, gid uint32
}

func otherUser() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.ParseUint(u.Uid, 10, 32)
		gid, errG := strconv.ParseUint(u.Gid, 10, 32)
		if errU == nil && errG == nil && uid != 0 {
			return account{uint32(uid), uint32(gid)}, nil
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
}

func (a account) own(name string) error {
	if a.uid == 0 {
		return nil
	}
	return os.Chown(name, int(a.uid), int(a.gid))
}

// attributes let a child run as the user, and end when the thread that started it ends.
func (a account) attributes() *syscall.SysProcAttr {
	s := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT, Setpgid: true}
	if a.uid != 0 {
		s.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return s
}

// hold starts the server and keeps the thread that did until it has ended: the kernel ends it with
// the thread.
func (p *pgServer) hold(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.done <- p.cmd.Wait()
	}
}
