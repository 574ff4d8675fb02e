package gql_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// hiddenFrom are, by caller, the persons' facts that the caller may see nothing of:
// whether a statement of a record is such a fact.
func hiddenFrom() map[string]func(r *model.Record, st *model.Statement) bool {
	protected := func(r *model.Record, _ *model.Statement) bool { return r.Key.LocalID == "hidden" }
	restricted := func(r *model.Record, st *model.Statement) bool {
		return protected(r, st) || ontology.ByID(st.Property).DisclosureOf(st.Value).Rank() >= model.Restricted.Rank()
	}
	return map[string]func(*model.Record, *model.Statement) bool{
		"public":     func(*model.Record, *model.Statement) bool { return true },
		"reader":     restricted,
		"restricted": protected,
		"steward":    protected,
		// Of persons that another board alone knows.
		"one board": func(r *model.Record, st *model.Statement) bool {
			return !slices.Contains([]string{"anna", "teacher-7"}, r.Key.LocalID) && restricted(r, st)
		},
	}
}

// otherwise is another value of the same sort, and whether there is one here.
func otherwise(v model.Value) (model.Value, bool) {
	switch v := v.(type) {
	case model.Text:
		v.Text = "Åke " + v.Text
		return v, true
	case model.Contact:
		v.Value = "annan." + v.Value
		return v, true
	case model.Address:
		v.Street, v.PostalCode = "Annanvägen", "98766"
		return v, true
	}
	return v, false
}

// TestNoAnswerTellsWhatIsHidden: generated queries of two towns that differ only in
// what a caller may see in neither are answered by the same bytes (privacy.md 3). It
// is the law of internal/access over all that lies between a View and an answer.
func TestNoAnswerTellsWhatIsHidden(t *testing.T) {
	for _, caller := range slices.Sorted(maps.Keys(hiddenFrom())) {
		t.Run(caller, func(t *testing.T) {
			altered := 0
			plain, other := gqltest.New(t), gqltest.Altered(t, func(r *model.Record) {
				for i := range r.Statements {
					st := &r.Statements[i]
					if r.Key.Kind != model.Person || !hiddenFrom()[caller](r, st) {
						continue
					}
					if v, ok := otherwise(st.Value); ok {
						altered++
						st.Value, st.Original = v, ""
					}
				}
			})
			if altered < 2 {
				t.Fatalf("the towns differ in %d facts", altered)
			}
			g := gqltest.NewGenerator(t, plain, *seed)
			g.Roots = append(g.Roots, "search", "search", "history", "changes", "neighbourhood", "differences", "status", "conflicts", "quarantine", "danglingReferences", "decisions")
			answer := func(town *gqltest.Town, x *gql.Executor, rights access.Rights, r gql.Request) string {
				text, err := json.Marshal(x.Execute(t.Context(), town.View(rights), r))
				if err != nil {
					t.Fatal(err)
				}
				return anyFailure.ReplaceAllString(string(text), "(an id)")
			}
			executor := func(town *gqltest.Town) *gql.Executor {
				return gql.New(gql.Options{Clock: town.Clock.Now, Limits: gql.Limits{Aliases: 1000}, Log: slog.New(slog.DiscardHandler)})
			}
			one, two := executor(plain), executor(other)
			for range *generated {
				r := g.Request()
				want, got := answer(plain, one, callers()[caller], r), answer(other, two, callers()[caller], r)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%s\nwith %v tells the towns apart:\n%s", r.Query, r.Variables, diff)
				}
				g.Learn(want)
			}
			// Who may see everything can tell them apart.
			sees := gql.Request{Query: "{ persons(first: 50) { nodes { statements { text } } } }"}
			if answer(plain, one, callers()["protected"], sees) == answer(other, two, callers()["protected"], sees) {
				t.Error("the towns are the same to whoever may see everything")
			}
		})
	}
}
