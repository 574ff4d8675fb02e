package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

const stampedOfficeMapping = `name: offices
delimiter: ";"
records:
  - kind: person
    key: id
    when: {column: typ, equals: P}
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {column: pnr, property: identifier, scheme: personnummer}
      - {column: namn, property: givenName}
      - {column: skydd, property: protection}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    stamp: {column: stamp}
    delete: {column: del, values: [J]}
    fields:
      - {column: roll, property: roleType}
      - {column: vem, property: holder, link: {kind: person, key: "{vem}"}}
`

// drawOffices makes a history of two persons and an office in each of two sources;
// its stamps are of the month.
func drawOffices(t *rapid.T, month int) []event {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	out := make([]event, rapid.IntRange(1, 8).Draw(t, "events"))
	for i := range out {
		stamp := fmt.Sprintf("2024-%02d-01T%02d:00:00Z", month, i)
		del := pick("del", "", "", "", "", "J")
		row := []string{"P", pick("person", "1", "2"), stamp, del, pick("pnr", "", worldNumbers[0], worldNumbers[1]), pick("name", "Anna", "Lars"),
			pick("protection", "", "", "none", "sekretessmarkering"), "", ""}
		if rapid.Bool().Draw(t, "office") {
			row = []string{"R", "o", stamp, del, "", "", "", pick("type", "elected-office", "elected-office", "pupil"), pick("holder", "", "1", "1", "2")}
		}
		if del != "" {
			row = []string{row[0], row[1], stamp, del, "", "", "", "", ""}
		}
		out[i] = event{pick("source", "a", "b"), strings.Join(row, ";")}
	}
	return out
}

// firstOffices are offices that can be open, unless something later says otherwise.
var firstOffices = []event{
	{"a", "P;1;2024-01-01T00:00:00Z;;" + worldNumbers[0] + ";Anna;;;"}, {"a", "R;o;2024-01-01T00:00:00Z;;;;;elected-office;1"},
	{"b", "P;1;2024-01-01T00:00:00Z;;" + worldNumbers[1] + ";Lars;;;"}, {"b", "R;o;2024-01-01T00:00:00Z;;;;;elected-office;1"},
}

// What becomes of an office that a decision opens does not depend on the order and
// batching in which stamped versions come, before the decision and after it, and is
// what a rebuild makes of it.
func TestAnOpenOfficeDoesNotDependOnOrder(t *testing.T) {
	named := 0
	onEachEngineBy(t, stampedOfficeMapping, func(rt *rapid.T, fresh func() *world) {
		before, after := append(drawOffices(rt, 2), firstOffices...), drawOffices(rt, 3)
		closes := rapid.Bool().Draw(rt, "closes")
		run := func(before, after []event, oneByOne bool) string {
			w := &officeWorld{world: fresh()}
			w.header = "typ;id;stamp;del;pnr;namn;skydd;roll;vem"
			deliver := func(events []event) {
				if !oneByOne {
					w.deliver(rt, events)
					return
				}
				for _, e := range events {
					w.deliver(rt, []event{e})
				}
			}
			deliver(before)
			said := ""
			for _, source := range []model.Source{"a", "b"} {
				said += w.openAndClose(rt, source, closes && source == "b")
			}
			deliver(after)
			if rep, err := w.registry.Verify(context.Background(), nil); err != nil || rep.Changed != 0 {
				rt.Fatalf("made anew %d golden records differ, %v", rep.Changed, err)
			}
			for _, source := range []model.Source{"a", "b"} {
				if w.exists(rt, source) {
					_, class, name, _ := w.roleOf(t, source, "o")
					said += fmt.Sprintf("%s: %s %q\n", source, class, name)
					if name != "" {
						named++
					}
				}
			}
			return said
		}
		want := run(before, after, false)
		shuffled := func(events []event) []event { return rapid.Permutation(slices.Clone(events)).Draw(rt, "order") }
		if got := run(shuffled(before), shuffled(after), true); got != want {
			rt.Fatalf("another order gives\n%swant\n%s", got, want)
		}
	})
	if named == 0 && testkit.ManyDraws() {
		t.Error("no office was open at the end")
	}
}

// exists tells whether a source has said anything of its office.
func (w *officeWorld) exists(t fatalf, source model.Source) bool {
	heads, err := w.store.Heads(context.Background(), []model.RecordKey{{Source: source, Kind: model.Role, LocalID: "o"}})
	if err != nil {
		t.Fatalf("heads: %v", err)
	}
	return len(heads) == 1 && heads[0].Live
}

// openAndClose opens a source's office, if it can be open, and closes it again.
func (w *officeWorld) openAndClose(t fatalf, source model.Source, closes bool) string {
	if !w.exists(t, source) {
		return "no office; "
	}
	heads, err := w.store.Heads(context.Background(), []model.RecordKey{{Source: source, Kind: model.Role, LocalID: "o"}})
	if err != nil {
		t.Fatalf("heads: %v", err)
	}
	period := model.Period{From: model.Date{Year: 2020, Month: 1, Day: 1}}
	_, err = w.registry.OpenOffice(context.Background(), "Åsa", heads[0].Golden, "KF 2023 § 12", period, "beslut")
	switch {
	case errors.Is(err, registry.ErrBadDecision):
		return "cannot be open; "
	case err != nil:
		t.Fatalf("open: %v", err)
	case closes:
		if _, err := w.registry.CloseOffice(context.Background(), "Åsa", heads[0].Golden, "upphävt"); err != nil {
			t.Fatalf("close: %v", err)
		}
		return "closed; "
	}
	return "open; "
}
