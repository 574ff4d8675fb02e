package registry_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const officeMapping = `name: office
delimiter: ";"
records:
  - kind: person
    key: id
    when: {column: typ, equals: P}
    fields:
      - {column: namn, property: givenName}
      - {column: efternamn, property: familyName}
      - {column: skydd, property: protection}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    fields:
      - {column: roll, property: roleType}
      - {column: namn, property: title, lang: sv}
      - {column: vem, property: holder, link: {kind: person, key: "{vem}"}}
`

type officeWorld struct {
	*world
	now time.Time
}

func newOfficeWorld(tb testing.TB, db graph.Database) *officeWorld {
	tb.Helper()
	return newMappedWorld(tb, db, csv.Format{}, officeMapping)
}

func newMappedWorld(tb testing.TB, db graph.Database, format ingest.Format, mapping string) *officeWorld {
	tb.Helper()
	store, err := db.CreateTenant(context.Background(), "00001")
	if err != nil {
		tb.Fatal(err)
	}
	keys, err := seal.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	w := &officeWorld{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	r, err := registry.New(registry.Options{Store: store, Keys: keys, Logger: testkit.Log(tb), CodeLists: []model.Record{}, Clock: func() time.Time { return w.now },
		Sources: []registry.Source{{Name: "a", Authority: "Nämnden a", Format: format, Mapping: []byte(mapping)}}})
	if err != nil {
		tb.Fatal(err)
	}
	w.world = &world{store: store, registry: r}
	return w
}

func (w *officeWorld) tell(tb testing.TB, rows string) {
	tb.Helper()
	if _, err := w.registry.Ingest(context.Background(), registry.Request{Source: "a", Name: "o.csv", Delta: true,
		Reader: strings.NewReader("typ;id;namn;efternamn;skydd;roll;vem\n" + rows)}); err != nil {
		tb.Fatal(err)
	}
}

// role is the golden role of a record, by class, and the holder's name in it.
func (w *officeWorld) role(tb testing.TB, local string) (id model.EntityID, class model.Disclosure, name string, period model.Period) {
	tb.Helper()
	return w.roleOf(tb, "a", local)
}

func (w *officeWorld) roleOf(tb testing.TB, source model.Source, local string) (id model.EntityID, class model.Disclosure, name string, period model.Period) {
	tb.Helper()
	heads, err := w.store.Heads(context.Background(), []model.RecordKey{{Source: source, Kind: model.Role, LocalID: local}})
	if err != nil {
		tb.Fatal(err)
	}
	rows, err := w.store.Goldens(context.Background(), []model.EntityID{heads[0].Golden}, graph.WithValues)
	if err != nil {
		tb.Fatal(err)
	}
	var g model.Golden
	if err := document.DecodeGolden(rows[0].Values, &g); err != nil {
		tb.Fatal(err)
	}
	for _, val := range g.All(ontology.RoleHolderName) {
		name, period = val.Value.(model.Text).Text, val.Period
	}
	return rows[0].ID, rows[0].Disclosure, name, period
}

func TestAnOfficeIsPublicByDecision(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		w := newOfficeWorld(t, db)
		w.tell(t, "P;1;Anna;Berg;none;;\nP;2;Bo;Lind;none;;\nP;3;Cia;Ek;sekretessmarkering;;\n"+
			"R;o;Ordförande;;;elected-office;1\nR;p;Elev;;;pupil;1\nR;s;Ledamot;;;elected-office;3\nR;v;Vakant;;;elected-office;\n")
		want := func(what string, class model.Disclosure, name string) {
			t.Helper()
			if _, c, n, _ := w.role(t, "o"); c != class || n != name {
				t.Errorf("%s: the office is %s and its holder is called %q, want %s and %q", what, c, n, class, name)
			}
			if rep, err := w.registry.Verify(ctx, nil); err != nil || rep.Changed != 0 {
				t.Errorf("%s: made anew %d golden records differ, %v", what, rep.Changed, err)
			}
		}
		want("undecided", model.Internal, "")
		id, _, _, _ := w.role(t, "o")
		period := model.Period{From: model.Date{Year: 2026, Month: 1, Day: 1}, To: model.Date{Year: 2026, Month: 4, Day: 1}}
		open := func(local, reference, reason string) error {
			id, _, _, _ := w.role(t, local)
			_, err := w.registry.OpenOffice(ctx, "Åsa", id, reference, period, reason)
			return err
		}
		for what, err := range map[string]error{
			"a pupil": open("p", "KF 1", "x"), "a protected holder": open("s", "KF 1", "x"), "nobody's": open("v", "KF 1", "x"),
			"without a decision": open("o", " ", "x"), "without a reason": open("o", "KF 1", ""),
			"with a NUL": open("o", "KF\x00 1", "x"), "turned around": open("o", "KF 1", "x\u202ey"), "no UTF-8": open("o", "KF 1", "x\xff"),
			"a book":                         open("o", "KF 1", strings.Repeat("å", 4001)),
			"one that is not open is closed": second(w.registry.CloseOffice(ctx, "Åsa", id, "x")),
		} {
			if !errors.Is(err, registry.ErrBadDecision) {
				t.Errorf("%s: %v", what, err)
			}
		}
		want("after what is never open", model.Internal, "")
		if err := open("o", "KF 2026 § 12", "förtroendevald"); err != nil {
			t.Fatal(err)
		}
		want("decided", model.Open, "Anna Berg")
		if _, _, _, p := w.role(t, "o"); p != period {
			t.Errorf("the name is there in %s, want %s", p, period)
		}
		w.tell(t, "P;1;Anna;Öberg;none;;\n")
		want("the holder is called otherwise", model.Open, "Anna Öberg")
		w.tell(t, "R;o;Ordförande;;;elected-office;2\n")
		want("another holds it", model.Open, "Bo Lind")
		w.tell(t, "P;2;Bo;Lind;sekretessmarkering;;\n")
		want("the holder is protected", model.Protected, "")
		w.tell(t, "R;o;Ordförande;;;elected-office;1\n")
		want("the first holds it again", model.Open, "Anna Öberg")
		w.tell(t, "R;o;Ordförande;;;pupil;1\n")
		want("it is no office", model.Restricted, "")
		w.tell(t, "R;o;Ordförande;;;elected-office;1\n")
		if n, err := w.registry.CloseEndedOffices(ctx); n != 0 || err != nil {
			t.Errorf("%d offices are closed before their time, %v", n, err)
		}
		w.now = w.now.AddDate(0, 1, 1)
		if n, err := w.registry.CloseEndedOffices(ctx); n != 1 || err != nil {
			t.Errorf("%d offices are closed at the end of their time, %v", n, err)
		}
		want("its time is over", model.Internal, "")
		if n, err := w.registry.CloseEndedOffices(ctx); n != 0 || err != nil {
			t.Errorf("%d offices are closed twice, %v", n, err)
		}
		period.To = model.Date{}
		if err := open("o", "KF 2026 § 99", "omvald"); err != nil {
			t.Fatal(err)
		}
		want("decided again", model.Open, "Anna Öberg")
		if _, err := w.registry.CloseOffice(ctx, "Åsa", id, "entledigad"); err != nil {
			t.Fatal(err)
		}
		want("revoked", model.Internal, "")
		if rep, err := w.registry.Rebuild(ctx, nil); err != nil || rep.Changed != 0 {
			t.Errorf("a rebuild changes %d, %v", rep.Changed, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
