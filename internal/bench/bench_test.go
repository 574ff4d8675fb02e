package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/internal/testkit/proc"
	"github.com/karna-registry/karna/internal/testkit/synth"
)

// TestMain lets the test's own binary be the child that bench runs.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		if err := start(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// measureSmall runs the phases on few records and answers what they found by name.
func measureSmall(t *testing.T, args ...string) map[string]result {
	t.Helper()
	var out, progress bytes.Buffer
	args = append([]string{"-records", fmt.Sprint(minRecords), "-for", "50ms", "-dir", t.TempDir(), "-json"}, args...)
	if err := start(t.Context(), args, &out, &progress); err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	var rep report
	if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
		t.Fatal(err)
	}
	found := map[string]result{}
	for _, r := range rep.Results {
		found[r.Name] = r
		// The kernel counts a server's CPU in ticks: on a busy machine the requests may
		// be too few for one.
		fewRequests := r.Unit == "request" && r.Count < 100
		if r.Bytes == 0 && r.Millis == 0 && (r.PerSecond <= 0 || r.micros() <= 0 && !fewRequests) {
			t.Errorf("%s: nothing was measured: %+v", r.Name, r)
		}
	}
	return found
}

func TestEveryPhaseMeasuresSomethingOnSQLite(t *testing.T) {
	found := measureSmall(t)
	for name, unit := range map[string]string{
		"first load": "record", "disk after the first load": "record", "the same file again": "record",
		"the same file after a new mapper": "record", "one changed record, a delivery each": "record",
		"start of the server to its first answer": "start", "a role by id over HTTP, 4 connections": "request",
		"a person by id with restricted values, audited, 4 connections": "request",
		"load with indexes in place, shuffled":                          "record",
	} {
		r, ok := found[name]
		if !ok || r.Unit != unit || len(r.Goals) == 0 {
			t.Errorf("%s: want %ss with a goal, got %+v", name, unit, r)
		}
		if r.DatabaseMicros != 0 {
			t.Errorf("%s: SQLite has no processes of its own, got %v µs", name, r.DatabaseMicros)
		}
	}
	for _, name := range []string{
		"a role by id, 1 connection", "a person by id, 4 connections", "a personal number, roles, organisations, parents, 16 connections",
		"50 organisations, 20 roles, holders' names, 4 connections", "20 persons by the beginning of a name, 16 connections",
		"a role by id, by karna serve, 16 connections", "a person by id, told to the audit, 16 connections",
	} {
		if r, ok := found[name]; !ok || r.Unit != "request" || len(r.Goals) == 0 {
			t.Errorf("%s: want requests with a goal, got %+v", name, r)
		}
	}
	if found["first load"].Ratio <= 0 {
		t.Error("the first load stands beside no yardstick")
	}
}

func TestPostgresIsChargedForWhatItsServerDid(t *testing.T) {
	found := measureSmall(t, "-engine", "postgres", "-dsn", testkit.Postgres(t), "-phases", "first,disk,change,questions")
	if r := found["a role by id, 16 connections"]; r.Ratio <= 0 {
		t.Errorf("a role by id stands beside no pgbench: %+v", r)
	}
	for _, name := range []string{"first load", "one changed record, a delivery each", "a role by id, 4 connections", "50 organisations, 20 roles, holders' names, 1 connection"} {
		if found[name].DatabaseMicros <= 0 {
			t.Errorf("%s: want CPU of the server, got %+v", name, found[name])
		}
	}
	if found["disk after the first load"].Bytes <= 0 {
		t.Error("the database takes no disk")
	}
}

func TestAKeptStoreIsUsedAgainAndAskedCold(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-records", fmt.Sprint(minRecords), "-for", "50ms", "-dir", dir, "-json", "-keep", "-phases", "cold"}
	var progress strings.Builder
	for range 2 {
		var out bytes.Buffer
		err := start(t.Context(), args, &out, &progress)
		if err != nil && strings.Contains(err.Error(), "stay in the system's cache") {
			testkit.NotTested(t, "the temporary folder is in memory: nothing of it can be taken out of the system's cache")
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, progress.String())
		}
		var rep report
		if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
			t.Fatal(err)
		}
		if len(rep.Results) != 5 {
			t.Errorf("want five questions, got %+v", rep.Results)
		}
	}
	if n := strings.Count(progress.String(), "an earlier run left"); n != 1 {
		t.Errorf("want the store loaded by the first run and used by the second, got\n%s", progress.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "kept-sqlite-2000", wholeFile)); err != nil {
		t.Errorf("the store was not kept: %v", err)
	}
}

func TestTheRequestsAreOfManyRecords(t *testing.T) {
	b := &bench{options: options{records: 20_000, dir: t.TempDir()}}
	numbers, rows, beginnings, err := b.fromDelivery()
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != 9_950 || rows[0] != 1 || rows[len(rows)-1] != len(rows) || len(beginnings) < 20 {
		t.Errorf("want all 9,950 persons and most beginnings, got %d, rows %d to %d, %v", len(numbers), rows[0], rows[len(rows)-1], beginnings)
	}
}

func TestWrongArgumentsSayWhatIsWanted(t *testing.T) {
	for args, want := range map[string]string{
		"-engine oracle":              "want sqlite or postgres",
		"-engine postgres":            "-dsn",
		"-records 10":                 "at least",
		"-phases first,sideways":      `no "sideways"`,
		"first":                       "is no flag",
		"-keep":                       "-dir",
		"-keep -dir x -phases change": "-keep",
		"-for 0s":                     "some time",
	} {
		if _, err := parse(strings.Fields(args), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error that holds %q, got %v", args, want, err)
		}
	}
}

func TestFamilyCPUHoldsWhatAnEndedChildUsed(t *testing.T) {
	before, err := proc.Family(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	u, _, err := measure(sqliteEngine{}, command(t.Context(), "sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := proc.Family(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if u.program < 2*proc.Tick || after-before < u.program-2*proc.Tick {
		t.Errorf("the child used %v, the family %v more", u.program, after-before)
	}
}

func TestChangedRowsAreDeliveredPersonsWithAnotherAddress(t *testing.T) {
	var all, changed bytes.Buffer
	if err := synth.Write(&all, synth.Options{Records: minRecords}); err != nil {
		t.Fatal(err)
	}
	if err := writeChanged(&changed, minRecords, changes+changesBefore); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(changed.String()), "\r\n")
	if len(rows) != 1+changes+changesBefore || rows[0]+"\r\n" != synth.Header {
		t.Fatalf("want a header and %d rows, got %d lines beginning %q", changes+changesBefore, len(rows), rows[0])
	}
	delivered := strings.Split(all.String(), "\r\n")
	for _, row := range rows[1:] {
		if slices.Contains(delivered, row) || !slices.Contains(delivered, strings.Replace(row, ".ny@", "@", 1)) {
			t.Fatalf("%q is no delivered row with another address", row)
		}
	}
}

func TestRowsAreAHundredBytes(t *testing.T) {
	var b bytes.Buffer
	if err := writeRows(&b, 500); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(b.String()) {
		if len(line) != rowBytes {
			t.Fatalf("%q is %d bytes", line, len(line))
		}
		seen[line[11:]] = true
	}
	if len(seen) != 500 {
		t.Errorf("500 rows hold %d different fillers", len(seen))
	}
}

func TestTransactionsAreReadFromThePgbenchReport(t *testing.T) {
	n, err := transactions("duration: 10 s\nnumber of transactions actually processed: 306290\nlatency average = 0.1 ms\n")
	if err != nil || n != 306290 {
		t.Errorf("want 306290, got %d, %v", n, err)
	}
	if _, err := transactions("pgbench: error\n"); err == nil {
		t.Error("a report without a number is accepted")
	}
}

func TestMarkdownSaysWhetherEachGoalWasReached(t *testing.T) {
	r := newResult("first load", "record", 1_000_000, usage{wall: 25 * time.Second, program: 40 * time.Second, database: 10 * time.Second, peak: 600e6})
	r.beside("COPY", r.PerSecond, 400_000)
	r.atLeast(30_000)
	r.atMostPeak(500e6)
	var b strings.Builder
	if err := (report{Results: []result{r}}).writeMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	const want = "| first load | 40,000 records/s | 40 | 10 | 50 | 600 | 0.1 × COPY | ≥ 30,000/s, ≤ 500 MB memory | yes, no |\n"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("want the row\n%sgot\n%s", want, b.String())
	}
}
