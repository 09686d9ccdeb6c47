package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoPostgres is that there is no PostgreSQL to measure.
var errNoPostgres = errors.New("initdb and postgres are neither in PATH nor in /usr/lib/postgresql/VERSION/bin; " +
	"install PostgreSQL 15 or newer, or name a database with LICET_BENCH_POSTGRES")

// pgServer is a private PostgreSQL server on a new folder. It waits for the disk like any other.
type pgServer struct {
	url  string
	dir  string
	cmd  *exec.Cmd
	log  bytes.Buffer
	done chan error
}

// startPostgres makes a server and starts it. It ends with ctx, with stop, and on Linux with this
// process, whatever ends it.
func startPostgres(ctx context.Context) (*pgServer, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	// Its own folder: the server is another user where this process is root, and must reach it.
	dir, err := os.MkdirTemp("", "licet-bench-pg-")
	if err != nil {
		return nil, err
	}
	p := &pgServer{dir: dir, done: make(chan error, 1)}
	if err := p.start(ctx, bin); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *pgServer) start(ctx context.Context, bin string) error {
	if inMemory(p.dir) {
		return errors.New("the folder for temporary files is in memory, where an fsync costs nothing; set TMPDIR to one on a disk")
	}
	user, err := otherUser()
	if err != nil {
		return err
	}
	password := rand.Text()
	secret := filepath.Join(p.dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return err
	}
	for _, name := range []string{p.dir, secret} {
		if err := user.own(name); err != nil {
			return err
		}
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "licet", "--auth=scram-sha-256",
		"--pwfile="+secret, "--encoding=UTF8", "--locale=C")
	initdb.Dir, initdb.SysProcAttr = p.dir, user.attributes()
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	p.url = fmt.Sprintf("postgres://licet:%s@127.0.0.1:%d/postgres", password, port)
	p.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1",
		"-c", "unix_socket_directories="+p.dir, "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "fsync=on")
	p.cmd.Dir, p.cmd.SysProcAttr, p.cmd.Stderr = p.dir, user.attributes(), &p.log
	started := make(chan error, 1)
	go p.hold(started)
	if err := <-started; err != nil {
		p.cmd = nil
		return err
	}
	return p.wait(ctx)
}

// wait asks until the server answers.
func (p *pgServer) wait(ctx context.Context) error {
	for began := time.Now(); ; {
		c, err := pgx.Connect(ctx, p.url)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case ended := <-p.done:
			p.cmd = nil
			return fmt.Errorf("postgres ended: %w: %s", ended, bytes.TrimSpace(p.log.Bytes()))
		case <-time.After(20 * time.Millisecond):
		}
		if ctx.Err() != nil || time.Since(began) > startWait {
			return errors.Join(errors.New("postgres did not answer"), err)
		}
	}
}

// stop ends the server and removes its folder.
func (p *pgServer) stop() error {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(os.Interrupt) // A fast stop. It may have ended.
		timer := time.AfterFunc(stopWait, func() { _ = p.cmd.Process.Kill() })
		<-p.done // How a server ends that is thrown away is nobody's concern.
		timer.Stop()
	}
	return os.RemoveAll(p.dir)
}

// postgresPrograms returns the folder of the newest PostgreSQL.
func postgresPrograms() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // The pattern is well formed.
	slices.SortFunc(dirs, func(a, b string) int { return postgresVersion(b) - postgresVersion(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append([]string{filepath.Dir(path)}, dirs...)
	}
	for _, dir := range dirs {
		_, errA := os.Stat(filepath.Join(dir, "initdb"))
		_, errB := os.Stat(filepath.Join(dir, "postgres"))
		if errA == nil && errB == nil {
			return dir, nil
		}
	}
	return "", errNoPostgres
}

func postgresVersion(bin string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin))) // 0 for what is no version.
	return n
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// postgresVersionAt returns the version of the server at url.
func postgresVersionAt(ctx context.Context, url string) (string, error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	version := c.PgConn().ParameterStatus("server_version")
	version, _, _ = strings.Cut(version, " ")
	return version, nil
}

// analyze tells PostgreSQL how full its tables are, as it would find out by itself in a while.
func analyze(ctx context.Context, url string) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "VACUUM ANALYZE")
	return err
}
