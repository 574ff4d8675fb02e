package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/testdata"
)

var update = flag.Bool("update", false, "write what the flows give into their goldens")

// program is what the test binary is called on PATH when it serves as karna.
// Scripts say karna, which is a command of their own.
const program = "karna-under-test"

// environment is what every run of the program gets: a steward's name, and no
// second of waiting at its end when the race detector is on.
var environment = []string{"USER=steward", "GORACE=atexit_sleep_ms=0"}

// TestMain makes the test binary serve as karna too.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// TestFlows runs every script in testdata/flows, from file to export, on every
// engine, each in a store of its own.
func TestFlows(t *testing.T) {
	scripts, err := filepath.Glob(filepath.FromSlash("../../testdata/flows/*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no flows found: %v", err)
	}
	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		for _, script := range scripts {
			t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
				t.Parallel()
				f := &flow{t: t, store: newStore(t), numbers: personalNumbers{}}
				testscript.Run(t, testscript.Params{
					Files:              []string{script},
					UpdateScripts:      *update,
					RequireUniqueNames: true,
					Setup:              f.setUp,
					Cmds: map[string]func(*testscript.TestScript, bool, []string){
						"karna": f.karna, "exits": f.exits, "canon": canon, "capture": capture,
					},
				})
			})
		}
	})
}

// flow is one script on one engine. Whatever it stores, writes and says is
// searched for the personal numbers of its files, and for each line of secrets.txt
// where it has one.
type flow struct {
	t       *testing.T
	store   string
	numbers personalNumbers
	secrets [][]byte
}

// leaks counts in a text what must not be there.
func (f *flow) leaks(text []byte) int {
	n := f.numbers.in(text)
	for _, s := range f.secrets {
		n += bytes.Count(text, s)
	}
	return n
}

func (f *flow) setUp(env *testscript.Env) error {
	env.Setenv(config.EnvStore, f.store)
	for _, v := range environment {
		name, value, _ := strings.Cut(v, "=")
		env.Setenv(name, value)
	}
	f.numbers.collectFrom(f.t, testdata.Municipality)
	f.numbers.collectFrom(f.t, os.DirFS(env.WorkDir))
	if secrets, err := os.ReadFile(filepath.Join(env.WorkDir, "secrets.txt")); err == nil {
		f.secrets = bytes.Split(bytes.TrimSpace(secrets), []byte("\n"))
	}
	given := map[string]bool{}
	testkit.SearchFiles(f.t, env.WorkDir, f.leaks, func(path string) bool { given[path] = true; return false })
	env.Defer(func() {
		testkit.SearchFiles(f.t, env.WorkDir, f.leaks, func(path string) bool {
			return !given[path] && filepath.Base(filepath.Dir(path)) != "deliveries"
		})
		if f.store != "" {
			testkit.SearchPostgres(f.t, f.store, f.leaks)
		}
	})
	return nil
}

// karna runs the program as a script's command.
func (f *flow) karna(ts *testscript.TestScript, neg bool, args []string) {
	if code := f.run(ts, args); neg != (code != 0) {
		ts.Fatalf("exit code %d", code)
	}
}

// exits runs the program and wants it to end with a code: exits 4 karna ingest.
func (f *flow) exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "karna" {
		ts.Fatalf("usage: exits CODE karna ARGUMENTS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := f.run(ts, args[2:]); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func (f *flow) run(ts *testscript.TestScript, args []string) (code int) {
	if err := ts.Exec(program, args...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if n := f.leaks([]byte(ts.ReadFile(stream))); n > 0 {
			ts.Fatalf("%s says what must not be said, %d times", stream, n)
		}
	}
	return code
}

// onEngines runs f on SQLite, and on PostgreSQL where there is one. newStore is
// the store flag of a fresh store; empty for what karna.yaml says, a file.
func onEngines(t *testing.T, f func(t *testing.T, newStore func(t *testing.T) string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, func(*testing.T) string { return "" }) })
	t.Run("postgres", func(t *testing.T) {
		testkit.Postgres(t) // skips all at once where there is none
		f(t, func(t *testing.T) string { return testkit.Postgres(t) })
	})
}

// generated matches what differs from run to run: ids (UUIDv7) and digests.
var generated = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b`)

// clocked matches the times of commit in JSON.
var clocked = regexp.MustCompile(`("(?:started|ended|at|sinceAt)": ")[^"]+`)

// canon writes a file with commit times left out and generated ids replaced by
// names in the order of their first appearance: canon stdout [OUT]. Without OUT the file is replaced; the
// names go on from file to file, so that one id has one name in a script.
func canon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 || len(args) == 1 && args[0] == "stdout" {
		ts.Fatalf("usage: canon stdout OUT | canon FILE [OUT]")
	}
	text := ts.ReadFile(args[0])
	out := args[len(args)-1]
	namesFile := ts.MkAbs(".canon")
	known, err := os.ReadFile(namesFile)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	names := strings.Fields(string(known))
	text = clocked.ReplaceAllString(text, "${1}time")
	text = generated.ReplaceAllStringFunc(text, func(id string) string {
		i := slices.Index(names, id)
		if i < 0 {
			i = len(names)
			names = append(names, id)
		}
		return "id-" + strconv.Itoa(i+1)
	})
	ts.Check(os.WriteFile(namesFile, []byte(strings.Join(names, "\n")), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(out), []byte(text), 0o600))
}

// capture keeps what a group of a regular expression matches as variables, in
// the order of matches: capture FILE REGEXP NAME...
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: capture FILE REGEXP NAME...")
	}
	re, err := regexp.Compile(`(?m)` + args[1])
	ts.Check(err)
	found := re.FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if len(found) < len(args)-2 {
		ts.Fatalf("%d matches of %s, want %d", len(found), args[1], len(args)-2)
	}
	for i, name := range args[2:] {
		ts.Setenv(name, found[i][len(found[i])-1])
	}
}
