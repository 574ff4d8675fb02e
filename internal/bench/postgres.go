package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/karna-registry/karna/internal/testkit/proc"
)

// postgresEngine is a server of this machine, driven by Debian's psql and pgbench.
type postgresEngine struct {
	admin      *url.URL
	postmaster int
}

func newPostgres(ctx context.Context, dsn string) (*postgresEngine, error) {
	admin, err := url.Parse(dsn)
	if err != nil || admin.Scheme != "postgres" && admin.Scheme != "postgresql" {
		return nil, errors.New("-dsn: want a URL, such as postgres://postgres@localhost/postgres")
	}
	p := &postgresEngine{admin: admin}
	pid, err := p.query(ctx, admin.String(), `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)`)
	if err != nil {
		return nil, fmt.Errorf("ask for the server's process (-dsn must name a superuser): %w", err)
	}
	if p.postmaster, err = strconv.Atoi(pid); err != nil {
		return nil, fmt.Errorf("ask for the server's process: %w", err)
	}
	name, err := os.ReadFile(filepath.Join("/proc", pid, "comm"))
	if err != nil || !bytes.HasPrefix(name, []byte("postgres")) && !bytes.HasPrefix(name, []byte("postmaster")) {
		return nil, fmt.Errorf("process %s here is not PostgreSQL: its CPU is counted, so the server must run on this machine, outside a container", pid)
	}
	return p, nil
}

// query answers a query's single value.
func (p *postgresEngine) query(ctx context.Context, dsn, sql string) (string, error) {
	return output(command(ctx, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", sql))
}

// keptName begins the names of the sites that are left for the next run.
const keptName = "kept-"

// database is the name of a site's database, and its DSN: another in every run,
// but for one that is kept.
func (p *postgresEngine) database(name string) (quoted, dsn string) {
	if !strings.HasPrefix(name, keptName) {
		name = fmt.Sprintf("%d_%s", os.Getpid(), name)
	}
	name = "karna_bench_" + name
	u := *p.admin
	u.Path = "/" + name
	return `"` + name + `"`, u.String()
}

// make makes an empty database.
func (p *postgresEngine) make(ctx context.Context, name string) (dsn string, err error) {
	quoted, dsn := p.database(name)
	_, err = p.query(ctx, p.admin.String(), "create database "+quoted+" template template0 encoding 'UTF8'")
	return dsn, err
}

func (p *postgresEngine) unmake(ctx context.Context, name string) error {
	quoted, _ := p.database(name)
	_, err := p.query(ctx, p.admin.String(), "drop database if exists "+quoted+" with (force)")
	return err
}

func (p *postgresEngine) create(ctx context.Context, s *site) (string, error) {
	return p.make(ctx, s.name)
}

func (p *postgresEngine) drop(ctx context.Context, s *site) error { return p.unmake(ctx, s.name) }

func (p *postgresEngine) cpu() (time.Duration, error) { return proc.Family(p.postmaster) }

func (p *postgresEngine) settle(ctx context.Context, s *site) error {
	_, dsn := p.database(s.name)
	for _, sql := range []string{"vacuum analyze", "checkpoint"} {
		if _, err := p.query(ctx, dsn, sql); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgresEngine) size(ctx context.Context, s *site) (int64, error) {
	_, dsn := p.database(s.name)
	n, err := p.query(ctx, dsn, "select pg_database_size(current_database())")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(n, 10, 64)
}

func (p *postgresEngine) describe(ctx context.Context) (string, error) {
	return p.query(ctx, p.admin.String(), `select 'PostgreSQL ' || current_setting('server_version') || ' with ' || string_agg(name || ' ' || current_setting(name), ', ' order by name)
		from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'wal_level')`)
}

// yardsticks are pgbench's select-only and COPY.
func (p *postgresEngine) yardsticks(ctx context.Context, b *bench) (y yardstick, all []result, err error) {
	const name, connections = "yardsticks", 4
	dsn, err := p.make(ctx, name)
	if err != nil {
		return y, nil, err
	}
	defer func() { err = errors.Join(err, p.unmake(context.WithoutCancel(ctx), name)) }()
	read, err := p.selectOnly(ctx, dsn, b, connections)
	if err != nil {
		return y, nil, err
	}
	write, err := p.copyRows(ctx, dsn, b)
	if err != nil {
		return y, nil, err
	}
	y = yardstick{writeName: "COPY", rows: write.PerSecond, readName: "pgbench -S", read: read.micros()}
	return y, []result{read, write}, nil
}

// leastSelects is how many seconds pgbench has at the least: on a busy machine its
// connections alone take more than one.
const leastSelects = 6

// pgbenchTimes is how many times as long as a question pgbench asks: 10 seconds,
// if nothing else is said.
const pgbenchTimes = 7

// selectOnly is the least that reading one row by its key costs.
func (p *postgresEngine) selectOnly(ctx context.Context, dsn string, b *bench, connections int) (result, error) {
	if _, err := output(command(ctx, "pgbench", "-i", "-q", "-s", "10", dsn)); err != nil {
		return result{}, err
	}
	seconds := strconv.Itoa(max(int(pgbenchTimes*b.asking.Seconds()), leastSelects))
	u, out, err := measure(p, command(ctx, "pgbench", "-S", "-n", "-M", "prepared", "-c", strconv.Itoa(connections), "-j", "1", "-T", seconds, dsn))
	if err != nil {
		return result{}, err
	}
	n, err := transactions(string(out))
	if err != nil {
		return result{}, err
	}
	return newResult(fmt.Sprintf("pgbench select-only, scale 10, %d connections", connections), "transaction", n, u), nil
}

// transactions reads how many pgbench made.
func transactions(report string) (int, error) {
	const label = "number of transactions actually processed:"
	_, rest, found := strings.Cut(report, label)
	number, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if !found || err != nil || n == 0 {
		return 0, fmt.Errorf("pgbench's report has no %q: %s", label, tail(report))
	}
	return n, nil
}

// copyRows is COPY of rows of 100 bytes into a table with a primary key.
func (p *postgresEngine) copyRows(ctx context.Context, dsn string, b *bench) (result, error) {
	if _, err := p.query(ctx, dsn, "create table rows (id bigint primary key, filler text not null)"); err != nil {
		return result{}, err
	}
	path, err := b.delivery(fmt.Sprintf("rows-%d.csv", b.records), func(w io.Writer) error { return writeRows(w, b.records) })
	if err != nil {
		return result{}, err
	}
	file, err := os.Open(path)
	if err != nil {
		return result{}, fmt.Errorf("open the rows to copy: %w", err)
	}
	defer file.Close()
	cmd := command(ctx, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-c", `\copy rows from pstdin with (format csv)`)
	cmd.Stdin = file
	u, _, err := measure(p, cmd)
	if err != nil {
		return result{}, err
	}
	return newResult("COPY of rows of 100 bytes with a primary key", "row", b.records, u), nil
}
