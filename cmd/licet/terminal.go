package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"licet/internal/identity"
)

// terminal returns the file behind a stream when a person sits at it.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	if !ok {
		return nil, false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, false
	}
	null, err := os.Stat(os.DevNull)
	return f, err == nil && !os.SameFile(info, null)
}

// confirm asks before something that cannot be undone. Without a terminal it takes --yes.
func (t *tool) confirm(yes bool, what string) error {
	if yes {
		return nil
	}
	if _, ok := terminal(t.in); !ok {
		return usagef("%s; add --yes to do it", what)
	}
	fmt.Fprintf(t.errs, "%s. Go on? [y/N] ", strings.ToUpper(what[:1])+what[1:])
	answer, err := t.readLine()
	if err != nil {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done")
}

// readLine reads what a person types, and gives up when the program is told to end.
func (t *tool) readLine() (string, error) {
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(t.in).ReadString('\n')
		answers <- answer{strings.TrimRight(line, "\r\n"), err}
	}()
	select {
	case a := <-answers:
		if a.err != nil && a.line == "" {
			return "", errors.New("no answer; nothing was done")
		}
		return a.line, nil
	case <-t.ctx.Done():
		return "", errors.New("interrupted; nothing was done")
	}
}

// passwordFlags say where a password comes from. It never stands on the command line, where other users
// of the machine see it.
type passwordFlags struct {
	PasswordFile string `help:"File with the password on its first line; - is standard input. Without it the terminal asks." placeholder:"FILE"`
}

// password reads a password: from the file, or twice from the terminal.
func (t *tool) password(p passwordFlags) (identity.Secret, error) {
	if p.PasswordFile != "" {
		return t.passwordFrom("password-file", p.PasswordFile)
	}
	f, ok := terminal(t.in)
	if !ok {
		return "", usagef("there is no terminal to ask for the password; give it with --password-file FILE, or - for standard input")
	}
	first, err := t.silently(f, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := t.silently(f, "Again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ; nothing was done")
	}
	return identity.Secret(first), nil
}

// passwordFrom reads the password in the file that a flag names.
func (t *tool) passwordFrom(flag, file string) (identity.Secret, error) {
	in := t.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", usagef("--%s: %w", flag, err)
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, 1<<16)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("--%s: %w", flag, err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usagef("--%s: %s is empty", flag, file)
	}
	return identity.Secret(line), nil
}

// silently asks without showing what is typed. It asks stty for that, which every system with such
// terminals has.
func (t *tool) silently(f *os.File, prompt string) (string, error) {
	if err := stty(f, "-echo"); err != nil {
		return "", usagef("the terminal would show the password; give it with --password-file FILE")
	}
	defer func() {
		_ = stty(f, "echo") // There is nothing better to do with a terminal that stays silent.
		fmt.Fprintln(t.errs)
	}()
	fmt.Fprint(t.errs, prompt)
	return t.readLine()
}

func stty(f *os.File, mode string) error {
	command := exec.Command("stty", mode)
	command.Stdin = f
	return command.Run()
}
