package resolve_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// hearsay is a value as whoever hears some sources is told of it.
type hearsay struct {
	model.GoldenValue
	rule    model.Rule
	support []uint32
}

// isRestricted tells whether a value is for those only who hear its source.
func isRestricted(p model.PropertyID, v model.Value, whole bool) bool {
	return whole || ontology.ClassOf(p, v).Rank() >= model.Restricted.Rank()
}

// tellOf is what of a golden record, or of a part of it, is told to whoever hears
// some of its records: the values and what lost, each with those who are heard.
func tellOf(g model.Golden, e model.Evidence, whole bool, hears func(uint32) bool, of func(model.PropertyID) bool) (kept []hearsay, lost []hearsay) {
	// Whose reference to a sealed value it is does not show.
	unsealed := func(v model.GoldenValue) model.GoldenValue {
		if id, ok := v.Value.(model.Identifier); ok {
			id.Seal = model.EntityID{}
			v.Value = id
		}
		return v
	}
	supporters := func(p model.PropertyID, v model.Value, records []uint32) (out []uint32, shown bool) {
		if !isRestricted(p, v, whole) {
			return records, true
		}
		for _, r := range records {
			if hears(r) {
				out = append(out, r)
			}
		}
		return out, len(out) > 0
	}
	for i, v := range g.Values {
		row := ontology.ByID(v.Property)
		if row.Survive == ontology.SurviveMaximum || !of(v.Property) {
			continue
		}
		if by, shown := supporters(v.Property, v.Value, e.Support[i].Records); shown {
			kept = append(kept, hearsay{unsealed(v), e.Support[i].Rule, by})
		}
	}
	for _, a := range e.Alternatives {
		if ontology.ByID(a.Property).Survive == ontology.SurviveMaximum || !of(a.Property) {
			continue
		}
		if by, shown := supporters(a.Property, a.Value, a.Records); shown {
			lost = append(lost, hearsay{unsealed(a.GoldenValue), a.Lost, by})
		}
	}
	// By what a value won over nothing that is told, nobody is told either.
	for i := range kept {
		k := &kept[i]
		same := func(o hearsay) bool { return o.Property == k.Property }
		n := 0
		for _, o := range kept {
			if same(o) {
				n++
			}
		}
		if !slices.ContainsFunc(lost, same) && (k.rule != model.RuleAll && k.rule != model.RuleGroup && k.rule != model.RulePin || n == 1 && k.rule == model.RuleAll) {
			k.rule = model.RuleOnly
		}
		// That it came with its group tells of others that say the group otherwise.
	}
	return kept, lost
}

// TestHearingSomeIsAsIfTheOthersSaidNothing: who may hear some sources only is told
// what would be told if the others said nothing restricted, in the same order, by
// the same rules and with the same that lost.
func TestHearingSomeIsAsIfTheOthersSaidNothing(t *testing.T) {
	disputes, agreements := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, rapid.Bool().Draw(t, "timed"))
		kind := in[0].Record.Key.Kind
		for i := range in {
			if i > 0 && rapid.IntRange(0, 2).Draw(t, "says the same as the first") == 0 {
				in[i].Record.Statements = slices.Clone(in[0].Record.Statements)
			}
		}
		target := halfway
		if rapid.Bool().Draw(t, "links lead to what is restricted") {
			target = func(r model.Reference) (model.EntityID, model.Disclosure, bool) {
				id, _, ok := halfway(r)
				return id, []model.Disclosure{model.Open, model.Restricted}[len(r.Key.LocalID+string(r.Key.LocalID))%2], ok
			}
		}
		g, e := resolve.Survive(in, survivalPolicy, nil, target)
		if rapid.Bool().Draw(t, "restricted as a whole") {
			g.Disclosure = model.Restricted
		}
		whole := g.Disclosure.Rank() >= model.Restricted.Rank()
		testimony := resolve.Testify(in, survivalPolicy, target, g.Disclosure)
		boards := rapid.SliceOfDistinct(rapid.SampledFrom([]model.Source{"register", "payroll", "school", "care"}), rapid.ID).Draw(t, "heard")
		heard := func(s model.Source) bool { return slices.Contains(boards, s) }
		source := map[model.EntityID]model.Source{}
		alone := make([]resolve.Member, len(in))
		for i, m := range in {
			source[m.ID] = m.Source
			rec := *m.Record
			if !heard(m.Source) {
				rec.Statements = slices.DeleteFunc(slices.Clone(rec.Statements), func(st model.Statement) bool {
					v := st.Value
					if l, ok := v.(model.Link); ok {
						if to, class, ok := target(l.Ref); ok {
							l.To, l.Disclosure = to, class
						}
						v = l
					}
					return ontology.ByID(st.Property).Survive != ontology.SurviveMaximum && isRestricted(st.Property, v, whole)
				})
				if whole {
					rec.Period = model.Period{}
				}
			}
			m.Record = &rec
			alone[i] = m
		}
		hears := func(r uint32) bool { return heard(source[e.Members[r]]) }
		wantGolden, wantEvidence := resolve.Survive(alone, survivalPolicy, nil, target)
		disputed := func(p model.PropertyID) bool { return testimony != nil && testimony.Has(p) }
		agreed := func(p model.PropertyID) bool { return !disputed(p) }
		check := func(what string, got, gotLost, want, wantLost []hearsay) {
			t.Helper()
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, heard %v:\n%+v\nalone\n%+v", what, boards, got, want)
			}
			if !reflect.DeepEqual(gotLost, wantLost) {
				t.Fatalf("what lost of %s, heard %v:\n%+v\nalone\n%+v", what, boards, gotLost, wantLost)
			}
		}
		got, gotLost := tellOf(g, e, whole, hears, agreed)
		want, wantLost := tellOf(wantGolden, wantEvidence, whole, hears, agreed)
		check("what is agreed on", got, gotLost, want, wantLost)
		agreements += len(want)
		period := g.Period
		if testimony != nil {
			hg, he := resolve.Hear(testimony, kind, survivalPolicy, heard)
			got, gotLost := tellOf(hg, he, whole, hears, disputed)
			want, wantLost := tellOf(wantGolden, wantEvidence, whole, hears, disputed)
			check("what is disputed", got, gotLost, want, wantLost)
			if disputes += len(want); whole {
				period = hg.Period
			}
		}
		if kind != model.Person && (!whole || len(boards) > 0 && slices.ContainsFunc(in, func(m resolve.Member) bool { return heard(m.Source) })) && period != wantGolden.Period {
			t.Fatalf("the period is %v; alone %v", period, wantGolden.Period)
		}
	})
	if disputes == 0 || agreements == 0 {
		t.Errorf("of %d values that are disputed and %d that are not the law says little", disputes, agreements)
	}
}
