package gql_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// endOfFeed is the revision and the cursor of a town's last change.
func endOfFeed(t *testing.T, town *gqltest.Town) (revision int, cursor string) {
	t.Helper()
	var data struct {
		Status  struct{ Revision int }
		Changes struct{ Edges []change }
	}
	if codes := ask(t, town, steward, `{ status { revision } changes(first: 1000) { edges { cursor node { revision } } } }`, &data); codes != nil {
		t.Fatal(codes)
	}
	last := data.Changes.Edges[len(data.Changes.Edges)-1]
	if last.Node.Revision != data.Status.Revision {
		t.Fatalf("the last change is of revision %d of %d", last.Node.Revision, data.Status.Revision)
	}
	return data.Status.Revision, last.Cursor
}

// TestThePresentIsWhereTheFeedEnds: who asks for what comes after the present revision
// waits, and who asks for what comes after a later one is told that there is none.
func TestThePresentIsWhereTheFeedEnds(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		now, cursor := endOfFeed(t, town)
		for name, rights := range callers() {
			later := access.AfterRevision(model.Revision(now + 1))
			if codes := ask(t, town, rights, fmt.Sprintf(`{ changes(after: %q) { nodes { id } } }`, later), nil); len(codes) != 1 || codes[0] != gql.CodeBadInput {
				t.Errorf("%s: changes after a revision that has not come: %v", name, codes)
			}
			present := access.AfterRevision(model.Revision(now))
			if codes := ask(t, town, rights, fmt.Sprintf(`{ changes(after: %q) { nodes { id } } }`, present), nil); codes != nil {
				t.Errorf("%s: changes after the present: %v", name, codes)
			}
		}
		for name, dial := range dials {
			address := serve(t, streaming(town, gql.Limits{}), town, steward)
			for what, variables := range map[string]map[string]any{
				"a later revision":             {"revision": now + 1},
				"a revision far away":          {"revision": 99999},
				"a cursor of a later revision": {"after": access.AfterRevision(model.Revision(now + 1))},
				"a cursor of no revision":      {"after": access.AfterRevision(-1)},
			} {
				s := dial(t, address, follow, variables)
				m := s.next(t)
				if len(m.Payload.Errors) != 1 || m.Payload.Errors[0].Extensions.Code != gql.CodeBadInput || m.Payload.Errors[0].Message != access.ErrNoSuchPlace.Error() {
					t.Errorf("%s, after %s: %+v", name, what, m)
				}
				s.close()
			}
			waiting := []stream{dial(t, address, follow, map[string]any{"revision": now}), dial(t, address, follow, map[string]any{"after": cursor})}
			town.DeliverUnit(t, "new-"+name)
			for _, s := range waiting {
				if m := s.next(t); m.end || len(m.Payload.Errors) > 0 || m.Payload.Data.Changes.Node.Revision <= now {
					t.Errorf("%s, after the present revision: %+v", name, m)
				}
				s.close()
			}
			now, cursor = endOfFeed(t, town)
		}
	})
}

// TestAFeedOfARestoredRegistryTakesNoCursorOfWhatIsLost: a client that has read on
// after the backup was made loses nothing without being told, neither before the
// registry has come as far again nor afterwards.
func TestAFeedOfARestoredRegistryTakesNoCursorOfWhatIsLost(t *testing.T) {
	town := gqltest.New(t)
	restored := gqltest.Like(t, town)
	_, kept := endOfFeed(t, town)
	town.DeliverUnit(t, "lost")
	then, lost := endOfFeed(t, town)
	asks := func(cursor string) []string {
		return ask(t, restored, steward, fmt.Sprintf(`{ changes(after: %q) { nodes { id } } }`, cursor), nil)
	}
	refused := func(when string) {
		t.Helper()
		if codes := asks(lost); len(codes) != 1 || codes[0] != gql.CodeBadInput {
			t.Errorf("%s, a cursor of a change that is lost: %v", when, codes)
		}
		if codes := asks(kept); codes != nil {
			t.Errorf("%s, a cursor of a change that was kept: %v", when, codes)
		}
	}
	refused("restored")
	restored.Clock.Advance(time.Hour)
	for n := range 2 {
		restored.DeliverUnit(t, fmt.Sprint("other-", n))
		now, cursor := endOfFeed(t, restored)
		if now != then+n {
			t.Fatalf("the registry is at revision %d, want %d", now, then+n)
		}
		refused(fmt.Sprintf("gone on to %d", now))
		if codes := asks(cursor); codes != nil {
			t.Errorf("its own cursor: %v", codes)
		}
	}
}

// behind is a store that has gone back by some revisions.
type behind struct {
	graph.Store
	by atomic.Int64
}

func (b *behind) Revision(ctx context.Context) (model.Revision, error) {
	now, err := b.Store.Revision(ctx)
	return now - model.Revision(b.by.Load()), err
}

// TestAStreamEndsWhenTheRegistryIsRestored: it does not wait for what it has sent to
// happen again.
func TestAStreamEndsWhenTheRegistryIsRestored(t *testing.T) {
	town := gqltest.New(t)
	store := &behind{Store: town.Store}
	view := access.New(access.Deps{Store: store, BaseIRI: gqltest.Base, Clock: town.Clock.Now}).View(access.Rights{Role: access.Reader})
	next, gaveUp := gql.Follow(t.Context(), streaming(town, gql.Limits{}), view, `subscription { changes(afterRevision: 1) { cursor } }`)
	if resp := next(); resp == nil || resp.Errors != nil {
		t.Fatalf("%+v", resp)
	}
	store.by.Store(1)
	for {
		resp := next()
		if resp != nil && resp.Errors == nil {
			continue // sent before
		}
		if resp == nil || len(resp.Errors) != 1 || resp.Errors[0].Message != access.ErrNoSuchPlace.Error() || !gaveUp() {
			t.Errorf("the stream goes on with %+v", resp)
		}
		return
	}
}
