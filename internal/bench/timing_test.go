package main

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/relational"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// work is what an answer's time depends on: how often each statement runs and each
// method of the store is asked, how many ids or keys it is asked for, and how many
// rows it gives.
type work map[string]int

// counted is a store whose reads are counted.
type counted struct {
	graph.Store
	*reads
}

// reads counts, for stores, what their databases run, and what the audit is told.
type reads struct {
	mu   sync.Mutex
	work work
}

func (r *reads) add(what string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.work != nil && n > 0 {
		r.work[what] += n
	}
}

// method counts a call of a method for so many keys.
func (r *reads) method(name string, keys int) {
	r.add(name, 1)
	r.add(name+" keys", keys)
}

// rows counts rows as they are taken.
func rows[T any](r *reads, name string, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	r.method(name, 0)
	return func(yield func(T, error) bool) {
		for one, err := range all {
			r.add(name+" rows", 1)
			if !yield(one, err) {
				return
			}
		}
	}
}

func live(all []graph.Golden) (n int) {
	for i := range all {
		if all[i].State != graph.Absent {
			n++
		}
	}
	return n
}

func (c counted) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	c.method("Goldens", len(ids))
	out, err := c.Store.Goldens(ctx, ids, parts)
	c.add("Goldens rows", live(out))
	return out, err
}

func (c counted) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "List", c.Store.List(ctx, q))
}

func (c counted) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "Scan", c.Store.Scan(ctx, kind, parts))
}

func (c counted) Find(ctx context.Context, q graph.FindQuery) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "Find", c.Store.Find(ctx, q))
}

func (c counted) Words(ctx context.Context, spaces []graph.Space, prefix string) iter.Seq2[string, error] {
	return rows(c.reads, "Words", c.Store.Words(ctx, spaces, prefix))
}

func (c counted) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	c.add("Referrers keys", len(to))
	return rows(c.reads, "Referrers", c.Store.Referrers(ctx, to, properties, seen))
}

func (c counted) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	c.method("LinksTo", len(targets))
	out, err := c.Store.LinksTo(ctx, targets, property, seen, limit)
	for _, links := range out {
		c.add("LinksTo rows", len(links))
	}
	return out, err
}

func (c counted) Travel(ctx context.Context, r *graph.Route) (*graph.Travelled, error) {
	c.method("Travel", len(r.IDs))
	out, err := c.Store.Travel(ctx, r)
	if out != nil {
		c.add("Travel rows", live(slices.Collect(maps.Values(out.Goldens))))
		c.add("Travel sealed", len(out.Sealed))
	}
	return out, err
}

func (c counted) Changes(ctx context.Context, after graph.ChangePosition, limit int) iter.Seq2[graph.Change, error] {
	return rows(c.reads, "Changes", c.Store.Changes(ctx, after, limit))
}

func (c counted) GoldenHistory(ctx context.Context, id model.EntityID, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "GoldenHistory", c.Store.GoldenHistory(ctx, id, parts))
}

func (c counted) GoldenHistories(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([][]graph.Golden, error) {
	c.method("GoldenHistories", len(ids))
	out, err := c.Store.GoldenHistories(ctx, ids, parts)
	for _, versions := range out {
		c.add("GoldenHistories rows", len(versions))
	}
	return out, err
}

func (c counted) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	c.method("HeadsByID", len(ids))
	return c.Store.HeadsByID(ctx, ids)
}

func (c counted) Holders(ctx context.Context, kind model.Kind, key uint64) ([]model.EntityID, error) {
	c.method("Holders", 1)
	out, err := c.Store.Holders(ctx, kind, key)
	c.add("Holders rows", len(out))
	return out, err
}

func (c counted) MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	return rows(c.reads, "MatchKeys", c.Store.MatchKeys(ctx, keys))
}

func (c counted) Conflicts(ctx context.Context, after graph.Hash, limit int) iter.Seq2[graph.Conflict, error] {
	return rows(c.reads, "Conflicts", c.Store.Conflicts(ctx, after, limit))
}

func (c counted) AllDangling(ctx context.Context, after graph.Dangling, limit int) iter.Seq2[graph.Dangling, error] {
	return rows(c.reads, "AllDangling", c.Store.AllDangling(ctx, after, limit))
}

func (c counted) At(ctx context.Context, r model.Revision) (graph.Past, error) {
	past, err := c.Store.At(ctx, r)
	return countedPast{past, c.reads}, err
}

func (c counted) Snapshot(ctx context.Context) (graph.Reader, func(), error) {
	r, release, err := c.Store.Snapshot(ctx)
	return countedSnapshot{r, c.reads}, release, err
}

// countedPast is a revision whose reads are counted.
type countedPast struct {
	graph.Past
	*reads
}

func (c countedPast) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	c.method("past Goldens", len(ids))
	out, err := c.Past.Goldens(ctx, ids, parts)
	c.add("past Goldens rows", live(out))
	return out, err
}

func (c countedPast) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "past List", c.Past.List(ctx, q))
}

// countedSnapshot is a snapshot whose scans are counted: nothing else is asked of one.
type countedSnapshot struct {
	graph.Reader
	*reads
}

func (c countedSnapshot) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return rows(c.reads, "snapshot Scan", c.Reader.Scan(ctx, kind, parts))
}

// Unseal counts the personal numbers that are opened, which takes a key.
type countedUnsealer struct {
	access.Unsealer
	*reads
}

func (c countedUnsealer) Unseal(ctx context.Context, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	c.method("Unseal", len(refs))
	return c.Unsealer.Unseal(ctx, refs)
}

func (c countedUnsealer) UnsealFrom(ctx context.Context, from graph.RecordReader, refs []model.EntityID) (map[model.EntityID]access.Unsealed, error) {
	c.method("Unseal", len(refs))
	return c.Unsealer.(access.UnsealerFrom).UnsealFrom(ctx, from, refs)
}

// countedAuditor counts what the audit is told.
type countedAuditor struct {
	access.Auditor
	*reads
}

func (c countedAuditor) Append(ctx context.Context, entries ...audit.Entry) error {
	c.method("audit", len(entries))
	for _, e := range entries {
		c.add("audit subjects", len(e.Subjects))
	}
	return c.Auditor.Append(ctx, entries...)
}

// countedTwin is a town whose work is counted.
type countedTwin struct {
	*twin
	reads *reads
}

// cost is what the answer to a question of a class takes, when it has been asked once
// before, and the answer without its ids.
func (t *countedTwin) cost(tb testing.TB, c *class, q *timedQuestion, other *twin) (work, string) {
	tb.Helper()
	body, err := q.body(t.twin, other)
	if err != nil {
		tb.Fatal(err)
	}
	d := t.deps(c)
	d.Store, d.Unsealer, d.Auditor = counted{d.Store, t.reads}, countedUnsealer{d.Unsealer, t.reads}, countedAuditor{d.Auditor, t.reads}
	caller := newTimedCaller(d, c, body)
	for range 2 {
		t.reads.mu.Lock()
		t.reads.work = work{}
		t.reads.mu.Unlock()
		if _, err := caller.ask(tb.Context()); err != nil {
			tb.Fatalf("%s asks for %s: %v", c.name, q.name, err)
		}
	}
	return t.reads.work, anID.ReplaceAllString(caller.answer.body.String(), "(an id)")
}

var anID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// countedTwins are a town with everything, and those that lack something.
func countedTwins(t *testing.T, open func(run func(*relational.Statement)) graph.Database) map[facts]*countedTwin {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	out := map[facts]*countedTwin{}
	for _, lacks := range []facts{"", protectedFacts, boardFacts} {
		r := &reads{}
		db := open(func(s *relational.Statement) { r.add(fmt.Sprintf("statement %d", s.Number), 1) })
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		town, err := foundTwin(t.Context(), db, keys, 200, func(f facts) bool { return f != lacks })
		if err != nil {
			t.Fatal(err)
		}
		out[lacks] = &countedTwin{town, r}
	}
	return out
}

// differing are what two answers take different amounts of, with both amounts, and
// whether any of it differs by more than so much.
func differing(a, b work, most int) (out []string, much bool) {
	both := maps.Clone(a)
	maps.Copy(both, b)
	for _, what := range slices.Sorted(maps.Keys(both)) {
		if n := a[what] - b[what]; n != 0 {
			out = append(out, fmt.Sprintf("%s %d/%d", what, a[what], b[what]))
			much = much || max(n, -n) > most
		}
	}
	return out, much
}

// excuse lets off a question whose work differs with what is hidden.
type excuse struct {
	question string
	about    facts
	only     []string // the classes that are let off; all when there is none
	most     int      // by which any amount may differ: more is a fault
	reason   string
}

// An answer of the past and the feed are found by reading what changed, and whether
// that is for the caller is known when it has been read and held against today's
// classes. What is told is that something hidden changed, and when.
const (
	readToBeHeldAgainstToday = "what was so then is hidden by what holds today, which has to be read"
	// A board's own values and another's are in the index together, and what waits for
	// its target is in one list.
	readToSeeWhose = "whose it is, is said by the record that has it"
	// An id is 74 bits that nobody guesses; who knows one was given it.
	nobodyGuesses = "nobody guesses an id"
)

var excuses = []excuse{
	{"counts of all", protectedFacts, []string{"board"}, 24, "a board's counts go through everything, and what is hidden is a part of that"},
	{"counts of all", protectedFacts, []string{"steward"}, 3, readToSeeWhose},
	{"work lists", protectedFacts, []string{"steward", "board"}, 3, readToSeeWhose},
	{"what has changed", protectedFacts, nil, 3, readToBeHeldAgainstToday},
	{"the history of a post", protectedFacts, nil, 4, readToBeHeldAgainstToday},
	{"a guessed id of a person", protectedFacts, []string{"public"}, 1, nobodyGuesses},
	{"a guessed id of a role", protectedFacts, nil, 1, nobodyGuesses},
	{"the history of a guessed id", protectedFacts, nil, 1, nobodyGuesses},
	{"search by a name", boardFacts, []string{"board"}, 6, readToSeeWhose},
	{"search by its beginning", boardFacts, []string{"board"}, 3, readToSeeWhose},
	{"search by another spelling", boardFacts, []string{"board"}, 4, readToSeeWhose},
	{"persons by a name", boardFacts, []string{"board"}, 4, readToSeeWhose},
	{"a person by id", boardFacts, []string{"board"}, 1, readToSeeWhose},
	// Three hidden ones at the beginning of a page of twenty cost another page.
	{"who is at an office", boardFacts, []string{"board"}, 41, readToSeeWhose},
	{"roles by a code", boardFacts, []string{"board"}, 3, readToSeeWhose},
	{"persons in a postal code", boardFacts, []string{"board"}, 3, readToSeeWhose},
	{"how many roles", boardFacts, []string{"board"}, 3, readToSeeWhose},
	{"what has changed", boardFacts, nil, 1, readToBeHeldAgainstToday},
	{"the history of a person", boardFacts, nil, 2, readToBeHeldAgainstToday},
}

func excused(q *timedQuestion, c *class) *excuse {
	for i := range excuses {
		x := &excuses[i]
		// Nothing of another tenant is read.
		if x.question == q.name && x.about == q.about && (slices.Contains(x.only, c.name) || len(x.only) == 0 && !c.other) {
			return x
		}
	}
	return nil
}

// twinEngines open an empty store; where they can they tell of each statement that it
// runs.
var twinEngines = map[string]func(*testing.T, func(*relational.Statement)) graph.Database{
	"sqlite": func(t *testing.T, run func(*relational.Statement)) graph.Database {
		db, err := sqlite.Open(t.Context(), t.TempDir()+"/twin.db")
		if err != nil {
			t.Fatal(err)
		}
		db.Watch(run)
		return db
	},
	// It is not watched: a session that is does not read along routes.
	"postgres": func(t *testing.T, _ func(*relational.Statement)) graph.Database {
		db, err := postgres.Open(t.Context(), testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		return db
	},
}

// TestWhatIsHiddenCostsNoReads: what the time of an answer depends on is what is read
// for it. Over two towns that differ in what is hidden from a class of caller the same
// statements run as often, the store is asked for as many ids and keys and gives as
// many rows, as many personal numbers are opened, and the audit is told as much. Where
// that cannot be, it is said why, and by how much.
func TestWhatIsHiddenCostsNoReads(t *testing.T) {
	for name, open := range twinEngines {
		t.Run(name, func(t *testing.T) {
			towns := countedTwins(t, func(run func(*relational.Statement)) graph.Database { return open(t, run) })
			used := map[*excuse]bool{}
			for i := range timedQuestions {
				q := &timedQuestions[i]
				for k := range classes {
					c := &classes[k]
					if !q.asks(c) {
						continue
					}
					with, answer := towns[""].cost(t, c, q, towns[""].twin)
					without, other := towns[q.about].cost(t, c, q, towns[""].twin)
					if answer != other {
						t.Errorf("%s asks for %s, %s: %s and %s", c.name, q.name, q.about, answer, other)
					}
					x, most := excused(q, c), 0
					if x != nil {
						most = x.most
					}
					differ, much := differing(with, without, most)
					if much {
						t.Errorf("%s asks for %s, %s: %s", c.name, q.name, q.about, strings.Join(differ, ", "))
					}
					if x != nil && len(differ) > 0 {
						used[x] = true
					}
				}
			}
			for i := range excuses {
				if !used[&excuses[i]] {
					t.Errorf("%s, %s needs no excuse", excuses[i].question, excuses[i].about)
				}
			}
		})
	}
}

// TestWhoMaySeeItIsTold: the questions are about what the towns differ in, for who may
// see that is answered otherwise.
func TestWhoMaySeeItIsTold(t *testing.T) {
	towns := countedTwins(t, func(run func(*relational.Statement)) graph.Database { return twinEngines["sqlite"](t, run) })
	sees := class{name: "protected", rights: access.Rights{
		Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup}, Actor: "bench", Purpose: "benchmark",
	}}
	for i := range timedQuestions {
		q := &timedQuestions[i]
		_, answer := towns[""].cost(t, &sees, q, towns[""].twin)
		if _, other := towns[q.about].cost(t, &sees, q, towns[""].twin); answer == other {
			t.Errorf("%s, %s: %s", q.name, q.about, answer)
		}
	}
}
