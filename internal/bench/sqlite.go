package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	// Its driver is what the yardstick is measured with.
	_ "github.com/karna-registry/karna/graph/sqlite"
)

// sqliteEngine is in the measured program.
type sqliteEngine struct{}

const sqliteFile = "karna.db"

func (sqliteEngine) create(context.Context, *site) (string, error) {
	return "sqlite:" + sqliteFile, nil
}

// drop has nothing to do: the file goes with the site's folder.
func (sqliteEngine) drop(context.Context, *site) error { return nil }

func (sqliteEngine) cpu() (time.Duration, error) { return 0, nil }

// settle has nothing to do: the last connection that closes empties the log.
func (sqliteEngine) settle(context.Context, *site) error { return nil }

func (sqliteEngine) size(_ context.Context, s *site) (int64, error) {
	var sum int64
	for _, suffix := range []string{"", "-wal", "-shm"} {
		st, err := os.Stat(filepath.Join(s.dir, sqliteFile+suffix))
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("ask for the store's size: %w", err)
		}
		sum += st.Size()
	}
	return sum, nil
}

func (sqliteEngine) describe(context.Context) (string, error) {
	const module = "modernc.org/sqlite"
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == module {
			return "SQLite of " + module + " " + d.Version + ", WAL, synchronous=FULL", nil
		}
	}
	return "", errors.New("this program was built without " + module)
}

// yardsticks are a bulk insert and single rows by key through the same driver.
func (e sqliteEngine) yardsticks(ctx context.Context, b *bench) (y yardstick, all []result, err error) {
	path := filepath.Join(b.dir, "yardsticks.db")
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if e := os.Remove(path + suffix); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}()
	spec := sqliteSpec{Path: path, Rows: b.records, Reads: min(200_000, 10*b.records)}
	var write, read cost
	if err := b.child(ctx, "sqlite-insert", spec, &write); err != nil {
		return y, nil, err
	}
	if err := b.child(ctx, "sqlite-read", spec, &read); err != nil {
		return y, nil, err
	}
	w := newResult("SQLite bulk insert of rows of 100 bytes with a key", "row", spec.Rows, write.usage())
	r := newResult("SQLite one row by key, prepared", "read", spec.Reads, read.usage())
	y = yardstick{writeName: "bulk insert", rows: w.PerSecond, readName: "one row by key", read: r.micros()}
	return y, []result{r, w}, nil
}

// sqliteSpec says what a child is to do with a database of its own.
type sqliteSpec struct {
	Path        string
	Rows, Reads int
}

func openYardstick(s sqliteSpec) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Path: s.Path, RawQuery: "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("open the yardstick's database: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// sqliteInsert inserts rows in transactions of the size that karna commits.
func sqliteInsert(ctx context.Context, s sqliteSpec) (c cost, err error) {
	db, err := openYardstick(s)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "create table rows (id integer primary key, filler text not null)"); err != nil {
		return c, fmt.Errorf("make the yardstick's table: %w", err)
	}
	const batch = 8_000
	return timed(nil, func() error {
		for from := 0; from < s.Rows; from += batch {
			if err := insertRows(ctx, db, from, min(from+batch, s.Rows)); err != nil {
				return fmt.Errorf("insert the yardstick's rows: %w", err)
			}
		}
		return nil
	})
}

func insertRows(ctx context.Context, db *sql.DB, from, to int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing
	insert, err := tx.PrepareContext(ctx, "insert into rows values (?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	row := make([]byte, 0, rowBytes)
	for i := from; i < to; i++ {
		row = filler(strconv.AppendInt(row[:0], int64(i), 10), i)
		if _, err := insert.ExecContext(ctx, i, string(row)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func sqliteRead(ctx context.Context, s sqliteSpec) (c cost, err error) {
	db, err := openYardstick(s)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return timed(nil, func() error { return readRows(ctx, db, s) })
}

func readRows(ctx context.Context, db *sql.DB, s sqliteSpec) error {
	read, err := db.PrepareContext(ctx, "select filler from rows where id = ?")
	if err != nil {
		return fmt.Errorf("prepare the yardstick's read: %w", err)
	}
	defer read.Close()
	x := uint64(1)
	for range s.Reads {
		x = x*6364136223846793005 + 1442695040888963407
		var text string
		if err := read.QueryRowContext(ctx, int64((x>>33)%uint64(s.Rows))).Scan(&text); err != nil {
			return fmt.Errorf("read the yardstick's row: %w", err)
		}
	}
	return nil
}
