package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/seal"
)

const (
	// twinRecords are around what two towns differ in: enough for indexes of some
	// levels, and few enough that making a town takes no time.
	twinRecords = 4_000
	// timingBefore counts the requests to each town that are not counted.
	timingBefore = 20
	// timingLeast is how often each town is asked at the least, however long it takes.
	timingLeast = 10
)

// timedAnswers is how long the answers to a question of a class take over two towns
// that differ in what is hidden from it; and over the first of them and another made
// like it, where what is told is noise.
type timedAnswers struct {
	Class    string     `json:"class"`
	Question string     `json:"question"`
	About    facts      `json:"about"`
	Towns    comparison `json:"towns"`
	Alike    comparison `json:"alike"`
}

// timing compares how long answers take over towns that differ in what is hidden
// from the caller.
//
// Requests go to the handler of GraphQL in this process, as an HTTP server calls it:
// what happens from the request to the bytes of its answer is all that a caller can
// time, and a network between would only hide it. The audit keeps nothing here: it is
// told as much over both towns (TestWhatIsHiddenCostsNoReads), and its commit to disk
// would hide the rest.
//
// The towns are asked in turns, in random order each time, so that whatever else the
// machine does falls on all of them alike.
func timing(ctx context.Context, b *bench) (_ []result, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as karna serve has it
	keys, err := seal.Generate()
	if err != nil {
		return nil, err
	}
	var towns []*twin
	for _, lacks := range []facts{"", "", protectedFacts, boardFacts} {
		s := &site{bench: b, name: fmt.Sprint("twin", len(towns))}
		if s.dir = filepath.Join(b.dir, s.name); os.Mkdir(s.dir, 0o750) != nil {
			return nil, fmt.Errorf("make the folder %s (remove what an earlier run left)", s.dir)
		}
		defer func() { err = errors.Join(err, s.remove(context.WithoutCancel(ctx))) }()
		t, err := s.twin(ctx, keys, lacks)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, t.database.Close()) }()
		towns = append(towns, t)
	}
	for i := range timedQuestions {
		q := &timedQuestions[i]
		lacking := towns[2]
		if q.about == boardFacts {
			lacking = towns[3]
		}
		b.say("%s, %s", q.name, q.about)
		for k := range classes {
			c := &classes[k]
			if !q.asks(c) {
				continue
			}
			row, err := timeAnswers(ctx, c, q, [3]*twin{towns[0], lacking, towns[1]}, b.asking/2)
			if err != nil {
				return nil, err
			}
			b.timings = append(b.timings, row)
		}
	}
	return nil, nil
}

// twin makes a town in the site's empty store.
func (s *site) twin(ctx context.Context, keys *seal.Keyring, lacks facts) (*twin, error) {
	store, err := s.bench.engine.create(ctx, s)
	if err != nil {
		return nil, err
	}
	var db graph.Database
	if file, ok := strings.CutPrefix(store, "sqlite:"); ok {
		db, err = sqlite.Open(ctx, filepath.Join(s.dir, file))
	} else {
		db, err = postgres.Open(ctx, store)
	}
	if err != nil {
		return nil, err
	}
	t, err := foundTwin(ctx, db, keys, twinRecords, func(f facts) bool { return f != lacks })
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return t, s.bench.engine.settle(ctx, s)
}

// timeAnswers asks a question of a town, of one that lacks what it is about, and of
// another like the first.
func timeAnswers(ctx context.Context, c *class, q *timedQuestion, towns [3]*twin, long time.Duration) (timedAnswers, error) {
	row := timedAnswers{Class: c.name, Question: q.name, About: q.about}
	var callers [3]*timedCaller
	for i, t := range towns {
		body, err := q.body(t, towns[0])
		if err != nil {
			return row, err
		}
		callers[i] = newTimedCaller(t.deps(c), c, body)
	}
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the order of questions, not secrets
	var until time.Time
	for round := 0; round < timingBefore+timingLeast || time.Now().Before(until); round++ {
		if round == timingBefore {
			until = time.Now().Add(long)
		}
		for _, i := range rng.Perm(len(callers)) {
			took, err := callers[i].ask(ctx)
			if err != nil {
				return row, fmt.Errorf("%s asks for %s: %w", c.name, q.name, err)
			}
			if round >= timingBefore {
				callers[i].took = append(callers[i].took, float64(took.Nanoseconds())/1000)
			}
		}
		if a, b := callers[0].answer.body.Len(), callers[1].answer.body.Len(); a != b {
			return row, fmt.Errorf("%s asks for %s: the answers differ: %d and %d bytes", c.name, q.name, a, b)
		}
	}
	row.Towns = compare(callers[0].took, callers[1].took, rng)
	row.Alike = compare(callers[0].took, callers[2].took, rng)
	return row, nil
}

// deps are what answers to a class stand on.
func (t *twin) deps(c *class) access.Deps {
	if c.other {
		return t.other
	}
	return t.town
}

// timedCaller asks one question of one town over and over.
type timedCaller struct {
	handler http.Handler
	body    []byte
	answer  answer // the last
	took    []float64
}

func newTimedCaller(d access.Deps, c *class, body []byte) *timedCaller {
	view := access.New(d).View(c.rights)
	x := gql.New(gql.Options{Clock: d.Clock, Log: slog.New(slog.DiscardHandler)})
	return &timedCaller{handler: x.Handler(func(*http.Request) (gql.Caller, error) { return gql.Caller{View: view}, nil }), body: body}
}

// ask asks once.
func (c *timedCaller) ask(ctx context.Context) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(c.body))
	if err != nil {
		return 0, fmt.Errorf("make a request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	c.answer = answer{header: http.Header{}}
	w := &c.answer
	began := time.Now()
	c.handler.ServeHTTP(w, r)
	took := time.Since(began)
	if w.status != http.StatusOK || bytes.Contains(w.body.Bytes(), []byte(`"errors"`)) {
		return took, fmt.Errorf("%d %s", w.status, tail(w.body.String()))
	}
	return took, nil
}

// answer takes an answer in memory.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*answer)(nil)

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
