package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How many requests follow each other on a cold cache, and for how long at most:
// few, since each warms it for those that come after.
const (
	coldRequests = 400
	coldTime     = 2 * time.Second
)

// coldQuestions are the questions when nothing of the store is in memory but what
// the first answers have brought there: before each, the server is stopped, the
// database started anew, and its files taken out of the system's cache.
func coldQuestions(ctx context.Context, b *bench) (all []result, err error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.values(ctx)
	if err != nil {
		return nil, err
	}
	server, err := s.serveUntold(ctx)
	if err != nil {
		return nil, err
	}
	askings, err := ours.askings(ctx, server.url, v)
	if err := errors.Join(err, server.stop(nil)); err != nil {
		return nil, err
	}
	for i := range askings {
		r, err := s.askCold(ctx, &askings[i])
		if err != nil {
			return nil, fmt.Errorf("%s, cold: %w", askings[i].name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// askCold asks one request for the statements and plans, and measures others, one
// after the other.
func (s *site) askCold(ctx context.Context, a *asking) (r result, err error) {
	how, err := s.bench.engine.cool(ctx, s)
	if err != nil {
		return r, err
	}
	v, err := s.serveUntold(ctx)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, v.stop(nil)) }()
	ask := func(n, from int64) (int, error) {
		some := *a
		some.requests = append(append([][]byte{}, a.requests[from:]...), a.requests[:from]...)
		until := time.Now().Add(coldTime)
		return some.over(ctx, v.url, 1, func(i int64) bool { return i < n && time.Now().Before(until) })
	}
	if _, err := ask(1, int64(len(a.requests)/2)); err != nil {
		return r, err
	}
	before, databaseBefore, err := v.cpu(s.bench.engine)
	if err != nil {
		return r, err
	}
	started := time.Now()
	n, err := ask(min(coldRequests, int64(len(a.requests))), 0)
	if err != nil {
		return r, err
	}
	u := usage{wall: time.Since(started)}
	after, databaseAfter, err := v.cpu(s.bench.engine)
	if err != nil {
		return r, err
	}
	u.program, u.database = after-before, databaseAfter-databaseBefore
	return newResult(fmt.Sprintf("%s, cold (%s), %.2f ms each", a.name, how, u.wall.Seconds()*1000/float64(n)), "request", n, u), nil
}

// cool takes the file out of the system's cache.
func (sqliteEngine) cool(_ context.Context, s *site) (string, error) {
	for _, suffix := range []string{"", "-wal"} {
		if err := uncache(filepath.Join(s.dir, sqliteFile+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "its file out of the system's cache", nil
}

// cool starts the server anew and takes the database's files out of the system's
// cache.
func (p *postgresEngine) cool(ctx context.Context, s *site) (string, error) {
	_, dsn := p.database(s.name)
	if _, err := p.query(ctx, dsn, "checkpoint"); err != nil {
		return "", err
	}
	folder, err := p.query(ctx, dsn, "select current_setting('data_directory') || '/base/' || oid from pg_database where datname = current_database()")
	if err != nil {
		return "", err
	}
	if err := p.restart(ctx, filepath.Dir(filepath.Dir(folder))); err != nil {
		return "", err
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("list the database's files: %w", err)
	}
	for _, f := range files {
		if err := uncache(filepath.Join(folder, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "PostgreSQL started anew, its files out of the system's cache", nil
}

// restart starts the server anew by its own program, as the user whose it is.
func (p *postgresEngine) restart(ctx context.Context, data string) error {
	program, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.postmaster), "exe"))
	if err != nil {
		return fmt.Errorf("find PostgreSQL's programs (be root, or the user that the server runs as): %w", err)
	}
	args := []string{filepath.Join(filepath.Dir(program), "pg_ctl"), "restart", "-D", data, "-l", filepath.Join(data, "restarted.log"), "-m", "fast", "-w"}
	owner, err := os.Stat(data)
	if err != nil {
		return fmt.Errorf("look at the server's data: %w", err)
	}
	st, ok := owner.Sys().(*syscall.Stat_t)
	if ok && os.Geteuid() == 0 && st.Uid != 0 {
		args = append([]string{"setpriv", "--reuid", strconv.Itoa(int(st.Uid)), "--regid", strconv.Itoa(int(st.Gid)), "--clear-groups"}, args...)
	}
	if err := keepDescriptors(); err != nil {
		return err
	}
	cmd := command(ctx, args[0], args[1:]...)
	cmd.Dir = "/"
	if err := cmd.Run(); err != nil { // without pipes, which the server would keep open
		return fmt.Errorf("restart PostgreSQL by %s: %w", strings.Join(args, " "), err)
	}
	pid, err := p.query(ctx, p.admin.String(), `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)`)
	if err != nil {
		return err
	}
	p.postmaster, err = strconv.Atoi(pid)
	return err
}

// keepDescriptors keeps what this process was given open, such as a lock, from
// the server, which outlives it.
func keepDescriptors() error {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list what is open: %w", err)
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > syscall.Stderr {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// mostCached is the share of a file that may stay in the system's cache.
const mostCached = 0.02

// uncache takes a file out of the system's cache and looks that it is out.
func uncache(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("take a file out of the system's cache: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() == 0 {
		return err
	}
	// What has not been written yet cannot be dropped.
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write %s out: %w", path, err)
	}
	if err := forget(f); err != nil {
		return fmt.Errorf("take %s out of the system's cache: %w", path, err)
	}
	cached, pages, err := inCache(f, int(st.Size()))
	if err != nil {
		return err
	}
	if float64(cached) > mostCached*float64(pages)+16 {
		return fmt.Errorf("%d of %d pages of %s stay in the system's cache: something else has it open", cached, pages, path)
	}
	return nil
}
