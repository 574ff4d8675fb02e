package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// Mappers of one table: what each makes of a row.
const (
	personMapping = `name: staff
delimiter: ";"
records:
  - kind: person
    key: id
    fields:
      - {column: namn, property: givenName}
`
	familyMapping = `name: staff
delimiter: ";"
records:
  - kind: person
    key: id
    fields:
      - {column: namn, property: familyName}
`
	roleMapping = personMapping + `  - kind: role
    key: id
    fields:
      - {property: roleType, constant: employment}
      - {property: holder, link: {kind: person, key: "{id}"}}
`
)

// staff is one store whose source is mapped now so, now otherwise.
type staff struct {
	*testing.T
	store graph.Store
	keys  *seal.Keyring
}

func newStaff(t *testing.T) *staff {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return &staff{t, openStore(t), keys}
}

func (s *staff) deliver(mapping string, q registry.Request) (graph.Delivery, error) {
	s.Helper()
	return s.deliverIn(s.Context(), mapping, q)
}

func (s *staff) deliverIn(ctx context.Context, mapping string, q registry.Request) (graph.Delivery, error) {
	s.Helper()
	r := s.registry(mapping)
	q.Source, q.Name = "staff", "staff.csv"
	return r.Ingest(ctx, q)
}

// registry is one that maps the staff so.
func (s *staff) registry(mapping string) *registry.Registry {
	s.Helper()
	r, err := registry.New(registry.Options{
		Store: s.store, Keys: s.keys, Logger: testkit.Log(s), CodeLists: []model.Record{},
		Sources: []registry.Source{{Name: "staff", Authority: "KS", Format: csv.Format{}, Full: true, Mapping: []byte(mapping), MaxRetract: new(1.0)}},
	})
	if err != nil {
		s.Fatal(err)
	}
	registry.CommitEvery(r, 2)
	return r
}

// whole delivers rows in full and says what was counted.
func (s *staff) whole(mapping string, rows ...string) graph.Counts {
	s.Helper()
	d, err := s.deliver(mapping, registry.Request{Reader: strings.NewReader("id;namn\n" + strings.Join(rows, "\n") + "\n")})
	if err != nil || d.State != graph.Done {
		s.Fatalf("%+v, %v", d, err)
	}
	return d.Counts
}

func (s *staff) revision() model.Revision {
	s.Helper()
	r, err := s.store.Revision(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// said lists the live records with the properties that they state.
func (s *staff) said() []string {
	s.Helper()
	var out []string
	for h, err := range s.store.ScanHeads(s.Context(), "", "") {
		if err != nil {
			s.Fatal(err)
		}
		if h.Live {
			out = append(out, fmt.Sprintf("%s %s", h.Key.Kind, h.Key.LocalID))
		}
	}
	slices.Sort(out)
	return out
}

var five = []string{"1;Anna", "2;Bo", "3;Cia", "4;Dan", "5;Eva"}

func TestANewMapperThatSaysTheSameWritesNothing(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	rev := s.revision()
	c := s.whole(personMapping+"# the same in other words\n", five...)
	if c.Unchanged != 0 || c.Records != 5 || c.Added+c.Changed+c.Retracted != 0 || s.revision() != rev {
		t.Errorf("the new mapper counted %+v and left revision %d after %d", c, s.revision(), rev)
	}
	if c := s.whole(personMapping+"# the same in other words\n", five...); c.Unchanged != 5 {
		t.Errorf("after a whole delivery its items are not known: %+v", c)
	}
	if c := s.whole(personMapping, five...); c.Unchanged != 0 {
		t.Errorf("the former mapper's items are still known: %+v", c)
	}
}

func TestANewMapperThatMakesFewerRecordsRetractsTheOthers(t *testing.T) {
	s := newStaff(t)
	s.whole(roleMapping, five...)
	if c := s.whole(personMapping, five...); c.Retracted != 5 || c.Changed != 0 {
		t.Errorf("want the five roles retracted, got %+v", c)
	}
	want := []string{"person 1", "person 2", "person 3", "person 4", "person 5"}
	if got := s.said(); !slices.Equal(got, want) {
		t.Errorf("left are %q", got)
	}
}

// A delivery that another mapper has half done leaves nothing known: the former
// mapper's own delivery puts all of it right.
func TestWhatAnotherMapperHalfDidIsMappedAgain(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	broken := io.MultiReader(strings.NewReader("id;namn\n"+strings.Join(five[:4], "\n")+"\n"), failing{})
	if _, err := s.deliver(familyMapping, registry.Request{Reader: broken}); !errors.Is(err, errBroken) {
		t.Fatalf("the broken delivery ended with %v", err)
	}
	if c := s.whole(personMapping, five...); c.Unchanged != 0 || c.Changed != 4 {
		t.Errorf("want the four put right, got %+v", c)
	}
}

func TestADeltaOfAnotherMapperIsNotTakenForThisOnes(t *testing.T) {
	s := newStaff(t)
	s.whole(personMapping, five...)
	d, err := s.deliver(familyMapping, registry.Request{Reader: strings.NewReader("id;namn\n" + five[2] + "\n"), Delta: true})
	if err != nil || d.Counts.Changed != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	if c := s.whole(personMapping, five...); c.Changed != 1 {
		t.Errorf("want the one put right, got %+v", c)
	}
}

// A record whose item this mapper refuses stays as the former one made it; its
// item is asked about again in every delivery.
func TestARefusedItemIsNeverTakenForUnchanged(t *testing.T) {
	s := newStaff(t)
	rows := append(slices.Clone(five), "6;")
	s.whole(personMapping, rows...)
	const refusing = personMapping + `  - kind: role
    key: namn
    fields:
      - {property: roleType, constant: employment}
`
	for i, unchanged := range []int64{0, 5} {
		if c := s.whole(refusing, rows...); c.Quarantined != 1 || c.Unchanged != unchanged || c.Retracted != 0 {
			t.Errorf("delivery %d: want one refused and %d unchanged, got %+v", i+1, unchanged, c)
		}
	}
	if got := s.said(); !slices.Contains(got, "person 6") {
		t.Errorf("the record of the refused item is gone: %q", got)
	}
}

var errBroken = errors.New("the line was cut")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }
