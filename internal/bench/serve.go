package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/karna-registry/karna/internal/testkit/proc"
)

// starts is how many times the server is started; the median counts.
const starts = 5

// server is a karna serve, or another program that answers questions, under way.
type server struct {
	cmd   *exec.Cmd
	url   string
	first time.Duration // from the start of the process to its first answer
	said  *strings.Builder
}

var address = regexp.MustCompile(`http://[0-9.:]+[0-9]`)

// serve starts karna on a port of the system's choice, for a reader with scopes,
// and asks it until it answers.
func (s *site) serve(ctx context.Context, scopes ...string) (*server, error) {
	args := []string{"-c", s.dir, "serve", "--listen", "127.0.0.1:0", "--as", "reader"}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	return startServer(ctx, command(ctx, s.bench.karna, args...), firstQuestion)
}

// firstQuestion is what a server is asked first.
const firstQuestion = `{ organisations(first: 1) { nodes { id } } }`

// startServer starts a server that says its address on a line, and asks it a
// question.
func startServer(ctx context.Context, cmd *exec.Cmd, first string) (*server, error) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	v := &server{cmd: cmd, said: &strings.Builder{}}
	cmd.Stderr = v.said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", describe(cmd), err)
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("run %s: %w", describe(cmd), err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if v.url = address.FindString(line); v.url == "" {
		return nil, errors.Join(fmt.Errorf("read the address that %s serves on: it said %q: %w", describe(cmd), line, err), v.stop(nil))
	}
	// It listens from before it says so; nothing more than a request is needed.
	if err := newAsker(v.url).ask(ctx, first, nil, nil); err != nil {
		return nil, errors.Join(err, v.stop(nil))
	}
	v.first = time.Since(started)
	return v, nil
}

// stop ends the server and says what it used.
func (v *server) stop(u *usage) error {
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	err := v.cmd.Wait()
	if u != nil {
		u.ended(v.cmd)
	}
	if err != nil && !interrupted(err) {
		return fmt.Errorf("end %s: %w\n%s", describe(v.cmd), err, tail(v.said.String()))
	}
	return nil
}

// interrupted tells whether karna ended because it was asked to.
func interrupted(err error) bool {
	const exitInterrupted = 130
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == exitInterrupted
}

// byID is starting the server, and reading records by their id over HTTP: such as
// the audit is told nothing of, and such as it is told of.
func byID(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.settle(ctx); err != nil {
		return nil, err
	}
	started, err := s.startTime(ctx)
	if err != nil {
		return nil, err
	}
	internal, err := s.asked(ctx, roleByID, "a role by id over HTTP, 4 connections", 60)
	if err != nil {
		return nil, err
	}
	restricted, err := s.asked(ctx, personByID, "a person by id with restricted values, audited, 4 connections", 160, "restricted:read")
	return []result{started, internal, restricted}, err
}

// asked serves a reader with scopes, and measures a question.
func (s *site) asked(ctx context.Context, q question, name string, goal float64, scopes ...string) (result, error) {
	v, err := s.serve(ctx, scopes...)
	if err != nil {
		return result{}, err
	}
	r, err := s.readByID(ctx, v, q, name)
	var whole usage
	if err := errors.Join(err, v.stop(&whole)); err != nil {
		return result{}, err
	}
	r.PeakBytes = whole.peak
	r.atMostMicros(goal)
	r.atMostPeak(150e6)
	return r, nil
}

func (s *site) startTime(ctx context.Context) (result, error) {
	var took []time.Duration
	var u usage
	for range starts {
		v, err := s.serve(ctx)
		if err != nil {
			return result{}, err
		}
		took = append(took, v.first)
		if err := v.stop(&u); err != nil {
			return result{}, err
		}
	}
	slices.Sort(took)
	r := result{Name: "start of the server to its first answer", Unit: "start", Count: starts, PeakBytes: u.peak,
		Millis: float64(took[len(took)/2].Microseconds()) / 1000}
	r.atMostMillis(300)
	r.atMostPeak(60e6)
	return r, nil
}

// readByID measures requests from warm: the first tenth is not counted.
func (s *site) readByID(ctx context.Context, v *server, q question, name string) (result, error) {
	b := s.bench
	requests := min(mostRequests, b.records)
	ids, err := newAsker(v.url).ids(ctx, q, requests)
	if err != nil {
		return result{}, err
	}
	if err := askAll(ctx, v.url, q, ids, requests/10); err != nil {
		return result{}, err
	}
	before, databaseBefore, err := v.cpu(b.engine)
	if err != nil {
		return result{}, err
	}
	started := time.Now()
	if err := askAll(ctx, v.url, q, ids, requests); err != nil {
		return result{}, err
	}
	u := usage{wall: time.Since(started)}
	after, databaseAfter, err := v.cpu(b.engine)
	if err != nil {
		return result{}, err
	}
	u.program, u.database = after-before, databaseAfter-databaseBefore
	r := newResult(name, "request", requests, u)
	r.beside(b.yard.readName, r.micros(), b.yard.read)
	return r, nil
}

// cpu is what the server and its database have used.
func (v *server) cpu(e engine) (program, database time.Duration, err error) {
	p, err := proc.Read(v.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	database, err = e.cpu()
	return p.Own, database, err
}
