package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const (
	startWait = 2 * time.Minute  // for a child to be ready
	stopWait  = 30 * time.Second // for a child to end by itself
)

// process is a child that runs.
type process struct {
	name    string
	url     string
	app     [2]string // API key and shared key
	token   string    // for the native API
	users   *application
	secrets *secrets
	visitor *visitor
	cmd     *exec.Cmd
	stdin   io.Closer
	began   time.Time // just before it was started
}

// startChild starts program, gives it the order and waits until it is ready. It ends with ctx, with
// stop, and with this process.
func startChild(ctx context.Context, program []string, name string, what order) (*process, error) {
	line, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// Its log goes to the null device: written like any log, and kept nowhere.
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	cmd.Stderr = null
	p := &process{name: name, cmd: cmd, stdin: in, began: time.Now()}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	timer := time.AfterFunc(startWait, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err = p.greet(append(line, '\n'), in, out); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), p.kill())
	}
	return p, nil
}

// greet gives the order and keeps the answer.
func (p *process) greet(line []byte, in io.Writer, out io.Reader) error {
	if _, err := in.Write(line); err != nil {
		return err
	}
	answer, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("it ended before it was ready: %w", err)
	}
	var r ready
	if err := json.Unmarshal(answer, &r); err != nil {
		return fmt.Errorf("its answer was %q", answer)
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	p.url, p.app, p.users, p.secrets = r.URL, [2]string{r.APIKey, r.Shared}, r.Application, r.Secrets
	p.token, p.visitor = r.Token, r.Visitor
	return nil
}

// stop lets the child end and waits for it.
func (p *process) stop() error {
	_ = p.stdin.Close() // That it is closed already is as well.
	timer := time.AfterFunc(stopWait, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	return nil
}

func (p *process) kill() error {
	_ = p.cmd.Process.Kill() // It may have ended.
	_ = p.cmd.Wait()         // How it ended is known.
	return nil
}

// usage is what a process has taken.
type usage struct {
	CPU       time.Duration // user and system
	Anonymous int64         // bytes of memory that are not pages of files; 0 where that is not known
}

func (p *process) usage() usage { return usageOf(p.cmd.Process.Pid) }
