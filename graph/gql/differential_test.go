package gql_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

var (
	generated = flag.Int("generated", 700, "how many queries are generated for each engine")
	seed      = flag.Uint64("seed", 20260101, "of the generated queries")
)

// TestGeneratedQueriesAreAnsweredAlike asks generated queries of the town, as
// every sort of caller, of the generated executor and then of the plan, and wants
// the same bytes, and the same told to the audit.
func TestGeneratedQueriesAreAnsweredAlike(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		for i := range 5 {
			town.DeliverUnit(t, fmt.Sprintf("unit-%d", i))
		}
		town.DeliverMoves(t)
		d := newDifferential(t, town)
		g := gqltest.NewGenerator(t, town, *seed)
		names := slices.Sorted(maps.Keys(callers()))
		planned, conditioned := 0, 0
		for range *generated {
			r := g.Request()
			caller := names[g.IntN(len(names))]
			executed, plan, byPlan := d.ask(t, callers()[caller], r)
			if byPlan {
				planned++
				if strings.Contains(r.Query, "(if: $") {
					conditioned++
				}
			}
			if strings.Contains(executed.answer, gql.CodeInternal) {
				t.Errorf("as %s, %s\nwith %v is answered %s", caller, r.Query, r.Variables, executed.answer)
			}
			if diff := cmp.Diff(executed, plan, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Fatalf("as %s, %s\nwith %v is answered otherwise by its plan (-executor +plan):\n%s", caller, r.Query, r.Variables, diff)
			}
			g.Learn(executed.answer)
		}
		if planned < *generated/2 {
			t.Errorf("of %d queries %d were answered by a plan: want half of them at least", *generated, planned)
		}
		if conditioned == 0 {
			t.Error("no query whose variables leave something out was answered by a plan")
		}
		t.Logf("%d of %d queries were answered by a plan, %d with what variables leave out", planned, *generated, conditioned)
	})
}

// FuzzPlans holds plans to the executor for any text and any variables.
func FuzzPlans(f *testing.F) {
	town := gqltest.New(f)
	files, err := filepath.Glob("testdata/answers/*.graphql")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d queries found: %v", len(files), err)
	}
	for _, file := range files {
		query, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(town.IDs(f, string(query)), "", uint8(3))
	}
	g := gqltest.NewGenerator(f, town, 1)
	for i := range 40 {
		r := g.Request()
		variables, err := json.Marshal(r.Variables)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(r.Query, string(variables), uint8(i))
	}
	f.Add(`query($s: Boolean = true) { organisations @include(if: $s) { nodes { id } } }`, `{"s": null}`, uint8(0))
	f.Add(`query($t: Kind = PERSON, $s: Boolean! = true) { search(text: "x", kinds: [$t]) @skip(if: $s) { nodes { id } } }`, `{"t": null}`, uint8(0))
	d := newDifferential(f, town)
	names := slices.Sorted(maps.Keys(callers()))
	f.Fuzz(func(t *testing.T, query, variables string, caller uint8) {
		if strings.Contains(query, "mutation") || strings.Contains(query, "subscription") {
			t.Skip("a plan is of a query")
		}
		r := gql.Request{Query: query}
		if variables != "" {
			dec := json.NewDecoder(strings.NewReader(variables))
			dec.UseNumber()
			if err := dec.Decode(&r.Variables); err != nil {
				t.Skip("the variables are no JSON object")
			}
		}
		executed, plan, _ := d.ask(t, callers()[names[int(caller)%len(names)]], r)
		if diff := cmp.Diff(executed, plan, cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%s\nwith %s is answered otherwise by its plan (-executor +plan):\n%s", query, variables, diff)
		}
	})
}

// outcome is an answer, and what the audit was told of it.
type outcome struct {
	answer string
	told   []string
}

// differential asks an executor the same twice: it has no plan the first time.
type differential struct {
	x      *gql.Executor
	access *access.Access
	told   *told
}

func newDifferential(tb testing.TB, town *gqltest.Town) *differential {
	tb.Helper()
	d := &differential{told: &told{}}
	// Almost every field has an alias.
	d.x = gql.New(gql.Options{Clock: town.Clock.Now, Limits: gql.Limits{Aliases: 1000}, Log: town.Log})
	d.access = town.AuditedBy(d.told)
	return d
}

func (d *differential) ask(t *testing.T, rights access.Rights, r gql.Request) (executed, plan outcome, byPlan bool) {
	t.Helper()
	once := func() outcome {
		d.told.entries = nil
		text, err := json.Marshal(d.x.Execute(t.Context(), d.access.View(rights), r))
		if err != nil {
			t.Fatal(err)
		}
		// What has failed is named by chance.
		return outcome{anyFailure.ReplaceAllString(string(text), "(an id)"), d.told.entries}
	}
	gql.ForgetQueries(d.x)
	executed = once()
	before := gql.AnsweredByPlan(d.x)
	plan = once()
	return executed, plan, gql.AnsweredByPlan(d.x) > before
}

var anyFailure = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

// told is an auditor that remembers.
type told struct{ entries []string }

func (t *told) Append(_ context.Context, entries ...audit.Entry) error {
	for _, e := range entries {
		ids := make([]string, len(e.Subjects))
		for i, id := range e.Subjects {
			ids[i] = id.String()
		}
		slices.Sort(ids)
		t.entries = append(t.entries, e.Operation+": "+strings.Join(ids, " "))
	}
	slices.Sort(t.entries)
	return nil
}

func (t *told) Of(context.Context, []model.EntityID, int64, int) iter.Seq2[audit.Read, error] {
	return func(func(audit.Read, error) bool) {}
}
