package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Testify is what the members say of the properties that would survive otherwise
// for somebody who may not hear all of their sources, where the golden record that
// they make is of that class; nil when there are none. It is a pure function of what
// Survive makes a golden record of, and so is Hear of it.
func Testify(members []Member, p *Policy, resolve Resolver, class model.Disclosure) *model.Testimony {
	if !slices.ContainsFunc(members, func(m Member) bool { return m.Source != members[0].Source }) {
		return nil
	}
	c := newCast(members, p, resolve)
	whole := class.Rank() >= model.Restricted.Rank()
	t := &model.Testimony{Whole: whole}
	all := c.gather(make([]said, 0, 32*len(members)), nil)
	for lo := 0; lo < len(all); {
		hi := endOfProperty(all, lo)
		if run := all[lo:hi]; c.disputed(all, run, whole) {
			t.Words = c.appendWords(t.Words, run, whole)
		}
		lo = hi
	}
	if len(t.Words) == 0 && !(whole && c.kind != model.Person && c.disputesPeriod()) {
		return nil
	}
	t.Witnesses = make([]model.Witness, len(c.members))
	stamps := c.stampRanks()
	for i := range c.members {
		t.Witnesses[i] = model.Witness{Source: c.members[i].Source, Key: uint32(c.keyRank[i]), Stamp: stamps[i]} //nolint:gosec // a place among members
		if whole && c.kind != model.Person {
			t.Witnesses[i].Period = stated(c.members[i].Record.Period)
		}
	}
	return t
}

// disputed tells whether a property, of which run is all that is said, would survive
// otherwise if what is restricted of it were heard of some sources only.
func (c *cast) disputed(all, run []said, whole bool) bool {
	row := ontology.ByID(run[0].property)
	if row == nil || row.Kind != c.kind || row.Derived || row.Survive == ontology.SurviveMaximum {
		return false
	}
	if row.Survive == ontology.SurviveGroup {
		// The parts of a name come from one record: all of them tell.
		run = slices.Clone(all)
		run = slices.DeleteFunc(run, func(e said) bool {
			other := ontology.ByID(e.property)
			return other == nil || other.Kind != c.kind || other.Survive != row.Survive || other.Group != row.Group
		})
	}
	restricted, oneSource := 0, true
	for i := range run {
		if restrictedOf(&run[i], whole) {
			restricted++
		}
		oneSource = oneSource && c.sourceOf(&run[i]) == c.sourceOf(&run[0])
	}
	closed := restricted == len(run)
	switch {
	case restricted == 0, closed && oneSource:
		return false
	case closed && c.agree(run):
		return false
	case row.Survive != ontology.SurviveAll:
		return true
	}
	// Of many values each stands by itself, and who says it ranks it.
	byForm := gatherForms(run)
	for i := 1; i < len(byForm); i++ {
		if byForm[i].group != byForm[i-1].group {
			continue
		}
		a, b := &run[byForm[i-1].at], &run[byForm[i].at]
		if x, y := restrictedOf(a, whole), restrictedOf(b, whole); x != y || x && c.sourceOf(a) != c.sourceOf(b) {
			return true
		}
	}
	return false
}

func (c *cast) sourceOf(e *said) model.Source { return c.members[e.member].Source }

func restrictedOf(e *said, whole bool) bool {
	return whole || ontology.ClassOf(e.property, e.value).Rank() >= model.Restricted.Rank()
}

// agree tells whether all members that say anything here say the same.
func (c *cast) agree(run []said) bool {
	run = slices.Clone(run)
	slices.SortStableFunc(run, func(a, b said) int {
		return cmp.Or(int(a.member)-int(b.member), int(a.property)-int(b.property), compareValues(unsealed(a.source), unsealed(b.source)),
			comparePeriods(a.period, b.period), compareBounds(a.period, b.period))
	})
	n := 1
	for n < len(run) && run[n].member == run[0].member {
		n++
	}
	if len(run)%n != 0 {
		return false
	}
	for i := n; i < len(run); i++ {
		a, b := &run[i-n], &run[i]
		if i%n > 0 && b.member != run[i-1].member || a.member == b.member || a.property != b.property || a.period != b.period ||
			unsealed(a.value) != unsealed(b.value) || n > 1 && compareValues(unsealed(a.source), unsealed(b.source)) != 0 {
			return false
		}
	}
	return true
}

// unsealed is an identifier without the reference to its sealed value, of which each
// record has its own.
func unsealed(v model.Value) model.Value {
	if id, ok := v.(model.Identifier); ok && id.Value != "" {
		id.Seal = model.EntityID{}
		return id
	}
	return v
}

// appendWords appends the words of one property.
func (c *cast) appendWords(to []model.Word, run []said, whole bool) []model.Word {
	start := len(to)
	order := make([]int, len(run))
	for i := range run {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareValues(run[a].source, run[b].source) })
	places, forms := make([]uint32, len(run)), make([]uint32, len(run))
	place := uint32(0)
	for k, i := range order {
		if k > 0 && compareValues(run[order[k-1]].source, run[i].source) != 0 {
			place++
		}
		places[i] = place
	}
	// Forms are numbered as they come in that order.
	form := uint32(0)
	groups := map[int]uint32{}
	byForm := gatherForms(run)
	group := make([]int, len(run))
	for _, f := range byForm {
		group[f.at] = f.group
	}
	for _, i := range order {
		if groups[group[i]] == 0 {
			form++
			groups[group[i]] = form
		}
		forms[i] = groups[group[i]]
	}
	for i := range run {
		e := &run[i]
		to = append(to, model.Word{
			GoldenValue: model.GoldenValue{Property: e.property, Value: e.value, Period: e.period},
			Witness:     uint32(e.member), Restricted: restrictedOf(e, whole), Form: forms[i], Order: places[i], //nolint:gosec // a place among members
		})
	}
	slices.SortFunc(to[start:], func(a, b model.Word) int {
		return cmp.Or(cmp.Compare(a.Witness, b.Witness), cmp.Compare(a.Order, b.Order), cmp.Compare(a.Form, b.Form),
			comparePeriods(a.Period, b.Period), compareBounds(a.Period, b.Period))
	})
	return to
}

// disputesPeriod tells whether the members state different periods of the thing
// itself, or some of them none.
func (c *cast) disputesPeriod() bool {
	first := stated(c.members[0].Record.Period)
	return slices.ContainsFunc(c.members, func(m Member) bool { return stated(m.Record.Period) != first })
}

// stampRanks are the members' places by their stamps.
func (c *cast) stampRanks() []uint32 {
	stamps := make([]int64, len(c.members))
	for i := range c.members {
		stamps[i] = c.members[i].Stamp
	}
	slices.Sort(stamps)
	stamps = slices.Compact(stamps)
	out := make([]uint32, len(c.members))
	for i := range c.members {
		at, _ := slices.BinarySearch(stamps, c.members[i].Stamp)
		out[i] = uint32(at) //nolint:gosec // a place among members
	}
	return out
}

// Hear is what survives of a testimony, of a golden record of a kind, when what is
// restricted is heard of some sources only: of each of its properties the values,
// the rules and what lost are those of a golden record whose other sources say
// nothing restricted, and if all of it is restricted, so is the period. Support is
// by witness. Nothing else of the golden record is filled in.
func Hear(t *model.Testimony, kind model.Kind, p *Policy, heard func(model.Source) bool) (model.Golden, model.Evidence) {
	c := &cast{members: make([]Member, len(t.Witnesses)), keyRank: make([]int32, len(t.Witnesses)), policy: p, kind: kind}
	hears := make([]bool, len(t.Witnesses))
	for i := range t.Witnesses {
		w := &t.Witnesses[i]
		hears[i] = heard(w.Source)
		rec := &model.Record{Key: model.RecordKey{Source: w.Source, Kind: kind}}
		if hears[i] {
			rec.Period = w.Period
		}
		c.members[i] = Member{Subject: Subject{Record: rec}, Source: w.Source, Stamp: int64(w.Stamp)}
		c.keyRank[i] = int32(w.Key) //nolint:gosec // a place among members
	}
	all := make([]said, 0, len(t.Words))
	for i := range t.Words {
		if w := &t.Words[i]; !w.Restricted || hears[w.Witness] {
			all = append(all, said{
				property: w.Property, member: int32(w.Witness), value: w.Value, source: model.Number(w.Order), period: w.Period, form: w.Form, //nolint:gosec // a place among members
			})
		}
	}
	out := harvest{cast: c}
	out.properties(all, false)
	out.golden.Kind, out.golden.Period = kind, c.period()
	return out.golden, out.evidence
}
