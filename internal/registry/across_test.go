package registry_test

import (
	"context"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// someone is a row of a person with an e-mail address.
func someone(id, number, given, family, born, email string) string {
	return strings.Join([]string{"P", id, "2024-01-01T00:00:00Z", "", number, "", given, family, "", "", "", "", born, email}, ";")
}

// Three records of one number, of which the third says little and is much like a
// fourth: that the other two are not is stored nowhere, and still they object.
func TestPairsThatAreNotStoredObject(t *testing.T) {
	ctx := context.Background()
	onEach := map[string]func(w *world) (three, four graph.Head){
		"before the run": func(w *world) (graph.Head, graph.Head) {
			w.deliver(t, crowd())
			w.resolve(t, registry.ResolveOptions{})
			return w.head(t, "b", "person", "P3"), w.head(t, "b", "person", "P4")
		},
		"and a model that replaced another": func(w *world) (graph.Head, graph.Head) {
			w.deliver(t, crowd())
			w.resolve(t, registry.ResolveOptions{})
			w.resolve(t, registry.ResolveOptions{Refit: true})
			return w.head(t, "b", "person", "P3"), w.head(t, "b", "person", "P4")
		},
	}
	for name, prepare := range onEach {
		w := newWorld(t, openSQLite(t), "0136")
		three, four := prepare(w)
		if three.Golden == four.Golden || three.Golden != w.head(t, "a", "person", "P1").Golden || three.Golden != w.head(t, "a", "person", "P2").Golden {
			t.Errorf("%s: one strong pair outweighs two that speak against it", name)
		}
		var told []string
		for c, err := range w.store.ConflictsOn(ctx, []model.EntityID{four.ID}) {
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, c.Code)
		}
		if strings.Join(told, " ") != resolve.ReasonEvidenceAgainst {
			t.Errorf("%s: the steward is told %v", name, told)
		}
		w.rebuildsAlike(t)
		// Without the other two nothing speaks against it.
		gone := func(id string) string {
			return strings.Join([]string{"P", id, "2024-01-02T00:00:00Z", "J", "", "", "", "", "", "", "", "", "", ""}, ";")
		}
		w.deliver(t, []event{{"a", gone("P1")}, {"a", gone("P2")}})
		if w.head(t, "b", "person", "P3").Golden != w.head(t, "b", "person", "P4").Golden {
			t.Errorf("%s: the pair links nothing when nothing speaks against it", name)
		}
		w.rebuildsAlike(t)
	}
}

func crowd() []event {
	out := []event{
		{"a", someone("P1", worldNumbers[0], "Anna", "Berg", "1845-05-17", "")}, {"a", someone("P2", worldNumbers[0], "Anna", "Berg", "1845-05-17", "")},
		{"b", someone("P3", worldNumbers[0], "Anna", "Silfverälv", "", "l.berg@example.com")}, {"b", someone("P4", "", "Anna", "Silfverälv", "1890-01-01", "l.berg@example.com")},
	}
	for i, name := range []string{"Olof", "Karin", "Sven", "Maj", "Nils", "Elin", "Ture", "Hulda"} {
		out = append(out, event{"a", someone("Q"+name, "", name, name+"sson", "18"+string(rune('1'+i))+"1-03-04", "")})
	}
	return out
}
