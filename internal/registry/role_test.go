package registry_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// job is a row of one source's table.
func job(id, holder, unit, title string) string {
	return strings.Join([]string{"R", id, "2024-01-01T00:00:00Z", "", "", "", title, "", "", "", unit, holder, "", ""}, ";")
}

func (w *world) resolveAll(t fatalf, o registry.ResolveOptions) (roles registry.Resolution) {
	for _, kind := range registry.Matched {
		rep, err := w.registry.Resolve(context.Background(), kind, o)
		if err != nil {
			t.Fatalf("resolve %s: %v", kind, err)
		}
		roles = rep
	}
	return roles
}

func (w *world) head(t fatalf, source, kind, local string) graph.Head {
	k, err := model.ParseKind(kind)
	if err != nil {
		t.Fatalf("%v", err)
	}
	heads, err := w.store.Heads(context.Background(), []model.RecordKey{{Source: model.Source(source), Kind: k, LocalID: local}})
	if err != nil || heads[0].ID.IsZero() {
		t.Fatalf("record %s of %s: %v, %v", local, source, heads, err)
	}
	return heads[0]
}

// jobs is a town in which two systems tell of one employment each way: of the
// same person, of another, and of the same person elsewhere.
func jobs(t *testing.T) *world {
	w := newWorld(t, openSQLite(t), "0136")
	w.deliver(t, []event{
		{"a", person("P1", worldNumbers[0], "Anna", "Berg", "1845-05-17")}, {"a", person("P2", worldNumbers[1], "Lars", "Berg", "1846-10-30")},
		{"a", org("O1", "Björkskolan", "")}, {"a", org("O2", "Hemtjänst Norr", "")},
		{"a", job("R1", "P1", "O1", "Lärare")}, {"a", job("R2", "P2", "O1", "Lärare")}, {"a", job("R3", "P1", "O2", "Vårdbiträde")},
		{"b", person("P1", worldNumbers[0], "Anna", "Berg", "1845-05-17")}, {"b", person("P2", worldNumbers[1], "Lars", "Berg", "1846-10-30")},
		{"b", org("O1", "Björkskolan", "")}, {"b", job("R1", "P1", "O1", "Lärare")}, {"b", job("R2", "P2", "O1", "Lärare")},
	})
	return w
}

func (w *world) together(t fatalf, a, b string) bool {
	return w.head(t, "a", "role", a).Golden == w.head(t, "b", "role", b).Golden
}

func (w *world) rebuildsAlike(t fatalf) {
	before := w.exact(t)
	rep, err := w.registry.Rebuild(context.Background(), nil)
	if err != nil || rep.Changed != 0 {
		t.Fatalf("rebuild reports %+v, %v", rep, err)
	}
	if diff := cmp.Diff(before, w.exact(t)); diff != "" {
		t.Fatalf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
	}
}

func TestOneEmploymentToldTwiceIsOneRole(t *testing.T) {
	w := jobs(t)
	rep := w.resolveAll(t, registry.ResolveOptions{})
	if !w.together(t, "R1", "R1") || !w.together(t, "R2", "R2") {
		t.Errorf("employments of one person at one unit are apart: %+v", rep)
	}
	if w.together(t, "R1", "R2") || w.together(t, "R2", "R1") || w.together(t, "R3", "R1") {
		t.Errorf("employments of two persons, or two of one person, are together: %+v", rep)
	}
	if rep.Kind != "role" {
		t.Errorf("the last kind resolved is %s: roles lead to all others", rep.Kind)
	}
	w.rebuildsAlike(t)
}

// What holds roles together is who holds them: when a steward parts the holders
// the roles part in the same transaction, and join again with them.
func TestRolesFollowTheirHolders(t *testing.T) {
	w := jobs(t)
	w.resolveAll(t, registry.ResolveOptions{})
	ctx := context.Background()
	anna, other := w.head(t, "a", "person", "P1"), w.head(t, "b", "person", "P1")
	rev, err := w.registry.Decide(ctx, "steward", anna.ID, other.ID, graph.Different, "två personer", nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.together(t, "R1", "R1") {
		t.Error("roles whose holders are two are one")
	}
	if got := w.revision(t); got != rev {
		t.Errorf("it took %d revisions more", got-rev)
	}
	if !w.together(t, "R2", "R2") {
		t.Error("roles of others were parted")
	}
	w.rebuildsAlike(t)
	if rep, err := w.registry.Resolve(ctx, model.Role, registry.ResolveOptions{DryRun: true}); err != nil || rep.Reweighed != 0 || rep.Joined+rep.Split != 0 {
		t.Errorf("a run would do %+v, %v", rep, err)
	}
	if _, err := w.registry.Decide(ctx, "steward", anna.ID, other.ID, graph.Same, "en person", nil); err != nil {
		t.Fatal(err)
	}
	if !w.together(t, "R1", "R1") {
		t.Error("roles whose holders are one again are two")
	}
	w.rebuildsAlike(t)
}

func TestStewardsSeeWhyRolesAreOne(t *testing.T) {
	w := jobs(t)
	w.resolveAll(t, registry.ResolveOptions{})
	ctx := context.Background()
	a, b := w.head(t, "a", "role", "R1"), w.head(t, "b", "role", "R1")
	one, ok, err := w.registry.WeighPair(ctx, a.ID, b.ID)
	if err != nil || !ok {
		t.Fatalf("weigh: %v, %v", ok, err)
	}
	compared := map[string]string{}
	for _, s := range one.Steps {
		compared[s.Comparison] = s.Level
	}
	if one.Band != "link" || compared["identifier:holder"] != "same" || compared["title:title"] != "same" || compared["text:organisation"] == "unstated" {
		t.Errorf("one employment weighs %+v", one)
	}
	for p, err := range w.store.PairsOn(ctx, []model.EntityID{a.ID}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind == model.Role && (p.A == b.ID || p.B == b.ID) && float64(p.Weight)/1000 != one.Total {
			t.Errorf("the pair is stored as %d and explained as %f", p.Weight, one.Total)
		}
	}
	two, ok, err := w.registry.WeighPair(ctx, a.ID, w.head(t, "b", "role", "R2").ID)
	if err != nil || !ok || two.Band != "reject" || strings.Join(two.Constraints, " ") != "other-holder" {
		t.Errorf("employments of two persons: %+v, %v, %v", two, ok, err)
	}
}

// Roles are weighed with what they link to, however it came to be: a rebuild and
// a run agree with what transactions did, whatever was delivered and in whatever
// transactions.
func TestRolesAreAsWhatTheyLinkTo(t *testing.T) {
	linked, parted := 0, 0
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		history := [][]event{drawTown(rt), drawTown(rt), drawTown(rt)}
		w, x := fresh(), fresh()
		registry.CommitEvery(x.registry, rapid.IntRange(1, 4).Draw(rt, "a transaction"))
		before := ""
		for i, events := range history {
			w.deliver(rt, events)
			x.deliver(rt, events)
			if i == 0 {
				w.resolveAll(rt, registry.ResolveOptions{})
				x.resolveAll(rt, registry.ResolveOptions{})
			}
			pairs := w.pairsOf(rt, model.Role)
			if diff := cmp.Diff(w.canonical(rt)+pairs, x.canonical(rt)+x.pairsOf(rt, model.Role)); diff != "" {
				rt.Fatalf("after delivery %d smaller transactions give another state (-one +many):\n%s", i, diff)
			}
			for line := range strings.Lines(before) {
				if !strings.Contains(pairs, line) {
					parted++
				}
			}
			before = pairs
			holders := w.holders(rt)
			for _, members := range w.liveMembers(rt, model.Role) {
				for _, m := range members {
					if holders[m] != holders[members[0]] {
						rt.Fatalf("roles of %s and %s are one", holders[m], holders[members[0]])
					}
				}
				linked += len(members) - 1
			}
		}
		x.rebuildsAlike(rt)
		rep, err := w.registry.Resolve(context.Background(), model.Role, registry.ResolveOptions{DryRun: true, All: true})
		if err != nil || !rep.Fitted && rep.Added+rep.Removed+rep.Reweighed > 0 {
			rt.Fatalf("a run over all finds other pairs: %+v, %v", rep, err)
		}
	})
	if linked+parted == 0 && testkit.ManyDraws() {
		t.Errorf("%d roles were linked, %d pairs changed", linked, parted)
	}
}

// drawTown makes a history much of which is about two persons' employments.
func drawTown(t *rapid.T) []event {
	out := drawEvents(t)
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	for range rapid.IntRange(1, 6).Draw(t, "jobs") {
		row := job("R"+pick("job", "1", "2", "3"), pick("holder", "P1", "P1", "P2", ""), pick("unit", "O1", "O2", ""), pick("title", "Lärare", "Rektor"))
		stamp := "2024-01-03T" + pick("hour", "01", "02", "03") + ":" + pick("minute", "10", "20", "30") + ":00Z"
		out = append(out, event{pick("source", "a", "b"), strings.Replace(row, "2024-01-01T00:00:00Z", stamp, 1)})
	}
	return out
}

// holders are whom live roles are held by: the holder's golden id, as text.
func (w *world) holders(t fatalf) map[model.EntityID]string {
	out := map[model.EntityID]string{}
	var ids []model.EntityID
	for h, err := range w.store.ScanHeads(context.Background(), "", "") {
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		if h.Live && h.Key.Kind == model.Role {
			ids = append(ids, h.ID)
		}
	}
	versions, err := w.store.Versions(context.Background(), ids)
	if err != nil {
		t.Fatalf("versions: %v", err)
	}
	for i, v := range versions {
		rec, err := document.DecodeRecord(v.Doc)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		for _, st := range rec.Statements {
			if l, ok := st.Value.(model.Link); ok && st.Property == ontology.RoleHolder {
				heads, err := w.store.Heads(context.Background(), []model.RecordKey{l.Ref.Key})
				if err != nil {
					t.Fatalf("heads: %v", err)
				}
				if heads[0].Live {
					out[ids[i]] = heads[0].Golden.String()
				}
			}
		}
	}
	return out
}
