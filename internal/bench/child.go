package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/karna-registry/karna/internal/testkit/proc"
)

// childCommand makes this program a measured child: memory and CPU of what is
// measured in a Go process must not be those of the process that measures.
const childCommand = "child"

// cost is a usage as a child tells it.
type cost struct{ Wall, Program, Database, Peak int64 }

func (c cost) usage() usage {
	return usage{wall: time.Duration(c.Wall), program: time.Duration(c.Program), database: time.Duration(c.Database), peak: c.Peak}
}

// child runs this program as the child of a name, with spec as its orders, and
// reads its answer.
func (b *bench) child(ctx context.Context, name string, spec, answer any) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	orders, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("write the child's orders: %w", err)
	}
	out, err := output(command(ctx, self, childCommand, name, string(orders)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), answer); err != nil {
		return fmt.Errorf("read what the child %s answered: %w", name, err)
	}
	return nil
}

// runChild carries out orders and answers what it cost, or what was asked for.
func runChild(ctx context.Context, name, orders string, out io.Writer) error {
	var c any
	var err error
	switch name {
	case "serve":
		var spec serveSpec
		if err := json.Unmarshal([]byte(orders), &spec); err != nil {
			return fmt.Errorf("read the orders: %w", err)
		}
		return serveUntold(ctx, spec, out)
	case "ids":
		c, err = obey(ctx, orders, idsOf)
	case "sqlite-insert":
		c, err = obey(ctx, orders, sqliteInsert)
	case "sqlite-read":
		c, err = obey(ctx, orders, sqliteRead)
	case "change":
		c, err = obey(ctx, orders, changeOneByOne)
	default:
		err = fmt.Errorf("there is no child %q", name)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(c)
}

func obey[S, A any](ctx context.Context, orders string, do func(context.Context, S) (A, error)) (answer any, err error) {
	var spec S
	if err := json.Unmarshal([]byte(orders), &spec); err != nil {
		return nil, fmt.Errorf("read the orders: %w", err)
	}
	return do(ctx, spec)
}

// timed is what do costs this process and, where database is given, the
// processes that it tells the CPU of.
func timed(database func() (time.Duration, error), do func() error) (c cost, err error) {
	if database == nil {
		database = func() (time.Duration, error) { return 0, nil }
	}
	databaseBefore, err := database()
	if err != nil {
		return c, err
	}
	before, err := proc.Own()
	if err != nil {
		return c, err
	}
	started := time.Now()
	if err := do(); err != nil {
		return c, err
	}
	c.Wall = int64(time.Since(started))
	after, err := proc.Own()
	if err != nil {
		return c, err
	}
	databaseAfter, err := database()
	if err != nil {
		return c, err
	}
	c.Program, c.Database = int64(after-before), int64(databaseAfter-databaseBefore)
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return c, fmt.Errorf("read this process's memory: %w", err)
	}
	c.Peak = u.Maxrss << 10
	return c, nil
}
