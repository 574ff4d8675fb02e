package testkit

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/model"
)

// PersonalNumbers counts the Swedish personal numbers that stand in a text, a file
// or whatever else: ten or twelve digits, with a hyphen, a plus sign or neither, that
// could be somebody's, and each of the sample's wherever its digits stand. Digits that
// are part of a longer number, or of a word where they are ten, are none, nor are ten that
// begin as a mobile telephone's do: a hash or 070 would else be one now and then.
func PersonalNumbers(text []byte) int {
	n := 0
	known := sampleNumbers()
	var last [10]byte // of the digits so far, separators left out
	run := 0          // of digits on end, separators left out
	for i := 0; i < len(text); {
		c := text[i]
		if c < '0' || c > '9' {
			if c != '-' && c != '+' {
				run = 0
			}
			i++
			continue
		}
		from := i
		for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			copy(last[:], last[1:])
			last[9] = text[i]
			if run++; run >= len(last) && known[string(last[:])] {
				n++
			}
		}
		if couldBeSomebodys(text, from, i) {
			n++
		}
	}
	return n
}

// couldBeSomebodys tells whether a personal number begins with the digits text[from:to],
// which are all that stand there.
func couldBeSomebodys(text []byte, from, to int) bool {
	if decimal(text, from, to) {
		return false
	}
	switch to - from {
	case 12:
		if endOfUUID.Match(text[max(0, from-len("-8000-8000-")):from]) {
			return false // a hash, in PostgreSQL's words
		}
		return model.IsPersonalNumber(string(text[from:to]))
	case 10:
		return !inWord(text, from-1) && !inWord(text, to) && string(text[from:from+3]) != "070" && model.IsPersonalNumber(string(text[from:to]))
	case 6, 8:
		end := to + len("-NNNN")
		if end > len(text) || text[to] != '-' && text[to] != '+' || end < len(text) && digit(text[end]) {
			return false
		}
		if partOfUUID.Match(text[to:min(len(text), end+len("-8000-"))]) {
			return false
		}
		return model.IsPersonalNumber(string(text[from:end]))
	}
	return false
}

var (
	partOfUUID = regexp.MustCompile(`^-[0-9a-f]{4}-[0-9a-f]{4}-`)
	endOfUUID  = regexp.MustCompile(`^-[0-9a-f]{4}-[0-9a-f]{4}-$`)
)

func digit(c byte) bool { return c >= '0' && c <= '9' }

// decimal tells whether the digits are of a fraction: 0.8112189876.
func decimal(text []byte, from, to int) bool {
	return from > 1 && text[from-1] == '.' && digit(text[from-2]) || to+1 < len(text) && text[to] == '.' && digit(text[to+1])
}

func inWord(text []byte, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// sampleNumbers are the last ten digits of the sample municipality's personal numbers.
var sampleNumbers = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	root, err := Root()
	if err != nil {
		return out // a program that a test has started elsewhere
	}
	like := regexp.MustCompile(`\b(?:[0-9]{2})?([0-9]{6})[-+]?([0-9]{4})\b`)
	_ = filepath.WalkDir(filepath.Join(root, "testdata", "municipality"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range like.FindAllSubmatch(text, -1) {
			if number := string(m[1]) + string(m[2]); model.IsPersonalNumber(number) {
				out[number] = true
			}
		}
		return err
	})
	return out
})

// Log is a logger that says nothing and fails the test, at its end, when a line that
// went through it holds a personal number. Whatever a test has that logs, logs here.
func Log(t testing.TB) *slog.Logger {
	t.Helper()
	w := &searchedWriter{}
	t.Cleanup(func() {
		if n := w.numbers(); n > 0 {
			t.Errorf("%d lines of the log hold a personal number", n)
		}
	})
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// searchedWriter counts the lines that hold a personal number.
type searchedWriter struct {
	mu    sync.Mutex
	lines int
}

func (w *searchedWriter) Write(line []byte) (int, error) {
	if PersonalNumbers(line) > 0 {
		w.mu.Lock()
		w.lines++
		w.mu.Unlock()
	}
	return len(line), nil
}

func (w *searchedWriter) numbers() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines
}

var _ io.Writer = (*searchedWriter)(nil)

// Folder is a temporary folder, as t.TempDir, whose files are searched for personal
// numbers when the test ends: where a test has its stores.
func Folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if _, bench := t.(*testing.B); !bench {
		t.Cleanup(func() { SearchFiles(t, dir, PersonalNumbers, func(string) bool { return true }) })
	}
	return dir
}

// SearchFiles fails the test for each file below dir that passes and of which in
// finds something. It answers how many files it has searched.
func SearchFiles(t testing.TB, dir string, in func(text []byte) int, passes func(path string) bool) (searched int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !passes(path) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		searched++
		if n := in(text); n > 0 {
			rel, _ := filepath.Rel(dir, path)
			t.Errorf("%s holds in plain text what must not be there, %d times", rel, n)
		}
		return nil
	})
	if err != nil {
		t.Errorf("search %s: %v", dir, err)
	}
	return searched
}

// SearchPostgres fails the test for each table of a database in whose rows in finds
// something. It answers how many rows it has searched.
func SearchPostgres(t testing.TB, dsn string, in func(text []byte) int) (searched int) {
	t.Helper()
	// psql runs what the query makes: for each table its name, and its rows.
	const everything = `SELECT format('SELECT %L', '` + tableIs + `' || quote_ident(schemaname) || '.' || quote_ident(tablename)),
		format('COPY %I.%I TO STDOUT', schemaname, tablename)
		FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') \gexec`
	ctx, cancel := context.WithTimeout(context.Background(), psqlTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", dsn)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c bytea_output=escape") // else bytes are written in hexadecimal
	cmd.Stdin = strings.NewReader(everything)
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("reading every table: %v", err)
		return 0
	}
	if len(out) == 0 {
		return 0 // no tables
	}
	tables := bytes.Split(append([]byte("\n"), out...), []byte("\n"+tableIs))
	if len(tables[0]) > 0 {
		t.Errorf("before the first table psql says %.300s", tables[0])
		return 0
	}
	for _, table := range tables[1:] {
		name, rows, _ := bytes.Cut(table, []byte("\n"))
		searched += bytes.Count(rows, []byte("\n"))
		if n := in(octal.ReplaceAll(rows, []byte{0})); n > 0 {
			t.Errorf("table %s holds in plain text what must not be there, %d times", name, n)
		}
	}
	return searched
}

// octal is how COPY writes a byte that is no letter, and three digits of no number.
var octal = regexp.MustCompile(`\\\\[0-3][0-7]{2}`)

// tableIs begins the line before a table's rows. No row of COPY begins so: it has no such escape.
const tableIs = `\# `
