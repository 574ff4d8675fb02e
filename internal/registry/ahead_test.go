package registry_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// keeper is a registry of the staff that takes one delta after the other.
type keeper struct {
	*staff
	r *registry.Registry
}

func (s *staff) keeper(mapping string) *keeper { return &keeper{s, s.registry(mapping)} }

func (k *keeper) delta(rows ...string) graph.Counts {
	k.Helper()
	d, err := k.r.Ingest(context.Background(), registry.Request{
		Source: "staff", Name: "staff.csv", Delta: true, Reader: strings.NewReader("id;namn\n" + strings.Join(rows, "\n") + "\n"),
	})
	if err != nil || d.State != graph.Done {
		k.Fatalf("%+v, %v", d, err)
	}
	stored, err := k.store.DeliveriesByID(k.Context(), []model.EntityID{d.ID})
	if err != nil || stored[0].Counts != d.Counts {
		k.Errorf("counted %+v and stored %+v, %v", d.Counts, stored[0].Counts, err)
	}
	d.Counts.Bytes = 0
	return d.Counts
}

// A delta of few items asks for them when it looks up their records, one of many
// before it maps them: they count alike.
func TestADeltaOfFewItemsCountsAsOneOfMany(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	k := s.keeper(personMapping)
	rows := func(n int) []string {
		var all []string
		for range n {
			all = append(all, "3;Cia", "4;Dan")
		}
		return all
	}
	for _, c := range []struct {
		what string
		rows []string
		want graph.Counts
	}{
		{"one that is known", []string{"1;Anna"}, graph.Counts{Items: 1, Unchanged: 1}},
		{"one that is changed", []string{"1;Anne"}, graph.Counts{Items: 1, Records: 1, Changed: 1}},
		{"the same again", []string{"1;Anne"}, graph.Counts{Items: 1, Unchanged: 1}},
		{"known, changed, new and known twice", []string{"2;Bo", "3;Siv", "6;Eva", "2;Bo"}, graph.Counts{Items: 4, Unchanged: 2, Records: 2, Changed: 1, Added: 1}},
		{"what it was, and after it what it is", []string{"3;Cia", "3;Siv"}, graph.Counts{Items: 2, Unchanged: 1, Records: 1, Quarantined: 1}},
		{"the same two and many that are known", append([]string{"3;Cia", "3;Siv"}, slices.Repeat([]string{"4;Dan"}, 20)...), graph.Counts{Items: 22, Unchanged: 21, Records: 1, Quarantined: 1}},
		{"what it is, and after it what it was", []string{"3;Siv", "3;Cia"}, graph.Counts{Items: 2, Unchanged: 1, Records: 1, Changed: 1, Quarantined: 1}},
		{"the other way, and many that are known", append([]string{"3;Cia", "3;Siv"}, slices.Repeat([]string{"4;Dan"}, 20)...), graph.Counts{Items: 22, Unchanged: 21, Records: 1, Changed: 1, Quarantined: 1}},
		{"back again", []string{"3;Cia"}, graph.Counts{Items: 1, Records: 1, Changed: 1}},
		{"few that are known", rows(2), graph.Counts{Items: 4, Unchanged: 4}},
		{"many that are known", rows(20), graph.Counts{Items: 40, Unchanged: 40}},
	} {
		before := s.revision()
		got := k.delta(c.rows...)
		if got != c.want {
			t.Errorf("%s: counted %+v, want %+v", c.what, got, c.want)
		}
		if changed := got.Added+got.Changed > 0; (s.revision() > before) != changed {
			t.Errorf("%s: revision %d after %d", c.what, s.revision(), before)
		}
	}
}

// What a registry remembers of a part is looked at again where it writes: another
// mapper's delivery that changes nothing makes no revision by which to tell.
func TestAMapperThatWasRememberedIsLookedAtAgain(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	other := personMapping + "# the same in other words\n"
	k := s.keeper(personMapping)
	k.delta("1;Anne")
	k.delta("1;Anna") // by now it knows
	rev := s.revision()
	if s.whole(other, five...); s.revision() != rev {
		t.Fatalf("the other mapper made revision %d", s.revision())
	}
	if c := s.whole(other, five...); c.Unchanged != 5 {
		t.Fatalf("the other mapper's items are not known: %+v", c)
	}
	k.delta("2;Bosse")
	if c := s.whole(other, "1;Anna", "2;Bosse", "3;Cia", "4;Dan", "5;Eva"); c.Unchanged != 0 {
		t.Errorf("what the first mapper wrote since is known to the other: %+v", c)
	}
}

// meddling is a delivery during whose reading somebody else writes.
type meddling struct {
	*strings.Reader
	meddle func()
}

func (m *meddling) Read(p []byte) (int, error) {
	if m.meddle != nil {
		m.meddle()
		m.meddle = nil
	}
	return m.Reader.Read(p)
}

// What somebody else writes while a delta comes in is looked at before the next:
// here, that the golden records are not made by this registry's policy.
func TestWhatIsWrittenMeanwhileIsLookedAt(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	k := s.keeper(personMapping)
	k.delta("1;Anne")
	policy := func() graph.Hash {
		a, ok, err := s.store.Artifact(t.Context(), "policy")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return a.Hash
	}
	ours := policy()
	_, err := k.r.Ingest(t.Context(), registry.Request{Source: "staff", Name: "staff.csv", Delta: true, Reader: &meddling{
		strings.NewReader("id;namn\n2;Bosse\n"), func() {
			_, err := s.store.Update(t.Context(), graph.Provenance{Actor: "other"}, func(tx graph.Tx) error {
				r, err := tx.TakeRevision(t.Context())
				if err != nil {
					return err
				}
				return tx.PutArtifact(t.Context(), graph.Artifact{Name: "policy", Hash: graph.Hash{1}, Body: []byte("another"), Revision: r})
			})
			if err != nil {
				t.Error(err)
			}
		},
	}})
	if err != nil || policy() == ours {
		t.Fatalf("%v; the other's policy was not there", err)
	}
	if k.delta("3;Siv"); policy() != ours {
		t.Error("the registry went on with golden records of another's policy")
	}
}

// Two registries of one store that write in turns see what the other has written.
func TestTwoRegistriesInTurns(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	a, b := s.keeper(personMapping), s.keeper(personMapping)
	for i, name := range []string{"Ada", "Bea", "Cai", "Dea"} {
		for _, k := range []*keeper{a, b} {
			if c := k.delta("1;"+name, "2;Bo"); i > 0 && k == a && c.Changed != 1 || c.Unchanged < 1 {
				t.Errorf("%s counted %+v", name, c)
			}
		}
	}
	if c := a.delta("1;Dea"); c.Unchanged != 1 {
		t.Errorf("what the other has delivered is not known: %+v", c)
	}
}

// stuttering gives a line at a time, and lets somebody else write before one.
type stuttering struct {
	lines  []string
	before int
	meddle func()
}

func (r *stuttering) Read(p []byte) (int, error) {
	if len(r.lines) == 0 {
		return 0, io.EOF
	}
	if len(r.lines) == r.before {
		r.meddle()
	}
	n := copy(p, r.lines[0])
	if r.lines[0] = r.lines[0][n:]; r.lines[0] == "" {
		r.lines = r.lines[1:]
	}
	return n, nil
}

// A delivery that adds many records learns what the store does not hold, and
// forgets it when somebody else writes.
func TestWhatALongDeliveryHasNotSeenMayCome(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	a, b := s.keeper(personMapping), s.keeper(personMapping)
	registry.CommitEvery(a.r, 1)
	lines := []string{"id;namn\n"}
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("%d;Ny %d\n", 4+i, i)) // the first two are there
	}
	d, err := a.r.Ingest(t.Context(), registry.Request{Source: "staff", Name: "staff.csv", Delta: true, Reader: &stuttering{
		lines, 25, func() { b.delta("40;Annan") },
	}})
	if err != nil || d.Counts.Added != 37 || d.Counts.Changed != 3 {
		t.Fatalf("%+v, %v", d.Counts, err)
	}
	for i, name := range []string{"Ny 0", "Ny 39", "Ny 36"} {
		if c := b.delta(fmt.Sprintf("%d;%s", []int{4, 43, 40}[i], name)); c.Unchanged != 1 {
			t.Errorf("%s is not known: %+v", name, c)
		}
	}
}
