package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Member is one live record of a cluster as survivorship sees it.
type Member struct {
	Subject
	Source model.Source // who says it; trust and mastership are its
	Stamp  int64        // the source's own time of this version, Unix milliseconds; 0 if it has none
	// Standing is what the record's past says of its person's protection. That of
	// retracted records of the cluster is joined to any one member's.
	Standing Standing
}

// said is one thing that one member says of a property, or a steward's pin.
type said struct {
	property model.PropertyID
	member   int32       // index into the cast; pinned for a pin
	value    model.Value // links resolved
	source   model.Value // as the record has it
	period   model.Period
	form     uint32 // of a word of a testimony its form, from 1
}

// formOf is what the thing said is compared by.
func (e *said) formOf() model.Value {
	if e.form != 0 {
		return model.Number(e.form)
	}
	return formOf(e.value)
}

// pinned stands for a member where a steward speaks.
const pinned = -1

// cast is the members of a cluster in the order of their ids, which is that of
// Evidence.Members, with what ranks them. Whatever is decided by order is
// decided by keys, which unlike ids do not depend on who arrived first.
type cast struct {
	members []Member
	keyRank []int32 // order of the record keys; nil for a member alone
	policy  *Policy
	resolve Resolver
	kind    model.Kind
}

// Survive makes the golden record of a cluster: for every property the values
// that survive by its row in the ontology's table, each with its own period, and
// who may see the record. It is a pure function of the members, the policy, the
// pins and what references resolve to; the order in which they are given does
// not matter. ID is the smallest member's and Kind the members'; Revision is the
// caller's. Evidence.Members are the members by id, to which the caller may
// append those of retracted records. There must be at least one member.
func Survive(members []Member, p *Policy, pins []Pin, resolve Resolver) (model.Golden, model.Evidence) {
	c := newCast(members, p, resolve)
	var buffer [32]said
	all := c.gather(buffer[:0], pins)
	out := harvest{cast: c}
	out.golden.ID = c.members[0].ID
	out.golden.Kind = c.kind
	out.golden.Values = make([]model.GoldenValue, 0, len(all))
	out.evidence.Support = make([]model.Support, 0, len(all))
	out.evidence.Members = make([]model.EntityID, len(c.members))
	for i := range c.members {
		out.evidence.Members[i] = c.members[i].ID
	}
	out.properties(all, len(c.members) == 1 && len(pins) == 0)
	out.golden.Period = c.period()
	out.golden.Disclosure = DisclosureOf(members, p, resolve, pins...)
	return out.golden, out.evidence
}

func newCast(members []Member, p *Policy, resolve Resolver) *cast {
	c := &cast{members: members, policy: p, resolve: resolve, kind: members[0].Record.Key.Kind}
	byID := func(a, b Member) int { return a.ID.Compare(b.ID) }
	if !slices.IsSortedFunc(members, byID) {
		c.members = slices.Clone(members)
		slices.SortFunc(c.members, byID)
	}
	if len(members) > 1 {
		order := make([]int32, len(members))
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int {
			x, y := &c.members[a], &c.members[b]
			if d := x.Record.Key.Compare(y.Record.Key); d != 0 {
				return d
			}
			return x.ID.Compare(y.ID)
		})
		c.keyRank = make([]int32, len(members))
		for rank, i := range order {
			c.keyRank[i] = int32(rank)
		}
	}
	return c
}

// gather lists everything said in the order of properties, links resolved. A
// person's protection is always there, said or not.
func (c *cast) gather(all []said, pins []Pin) []said {
	for i := range c.members {
		rec := c.members[i].Record
		for j := range rec.Statements {
			st := &rec.Statements[j]
			all = append(all, said{property: st.Property, member: int32(i), value: c.resolved(st.Value), source: st.Value, period: stated(st.Period)})
		}
	}
	for _, pin := range pins {
		all = append(all, said{property: pin.Property, member: pinned, value: c.resolved(pin.Value), source: pin.Value, period: stated(pin.Period)})
	}
	if c.kind == model.Person {
		all = append(all, said{property: ontology.PersonProtection, member: pinned})
	}
	sortByProperty(all)
	return all
}

// sortByProperty is stable, and fast for the few and nearly sorted statements of
// one record.
func sortByProperty(all []said) {
	if len(all) > 64 {
		slices.SortStableFunc(all, func(a, b said) int { return int(a.property) - int(b.property) })
		return
	}
	for i := 1; i < len(all); i++ {
		for j := i; j > 0 && all[j].property < all[j-1].property; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
}

// resolved fills in what a link leads to. What the source said of it stays only
// while it dangles.
func (c *cast) resolved(v model.Value) model.Value {
	l, ok := v.(model.Link)
	if !ok {
		return v
	}
	l.To, l.Disclosure = model.EntityID{}, model.Unclassified
	if c.resolve == nil {
		return l
	}
	if to, disclosure, ok := c.resolve(l.Ref); ok {
		l.To, l.Disclosure, l.Ref = to, disclosure, model.Reference{}
	}
	return l
}

// period is that of the highest ranked member which states one.
func (c *cast) period() model.Period {
	best := -1
	for i := range c.members {
		if stated(c.members[i].Record.Period).IsZero() {
			continue
		}
		if best < 0 || c.outranks(i, best) {
			best = i
		}
	}
	if best < 0 {
		return model.Period{}
	}
	return stated(c.members[best].Record.Period)
}

func (c *cast) outranks(i, j int) bool {
	x, y := &c.members[i], &c.members[j]
	if a, b := c.policy.trust(x.Source), c.policy.trust(y.Source); a != b {
		return a > b
	}
	if x.Stamp != y.Stamp {
		return x.Stamp > y.Stamp
	}
	return c.orderOf(int32(i)) < c.orderOf(int32(j))
}

// orderOf is the member's place in the order of record keys.
func (c *cast) orderOf(member int32) int32 {
	if c.keyRank == nil {
		return 0
	}
	return c.keyRank[member]
}

func (p *Policy) trust(s model.Source) int {
	if p == nil {
		return 0
	}
	return p.Trust[s]
}

func (p *Policy) isMaster(s model.Source, id model.PropertyID) bool {
	if p == nil {
		return false
	}
	master, ok := p.Masters[id]
	return ok && master == s
}

// harvest is the golden record as it grows, property by property.
type harvest struct {
	*cast
	golden   model.Golden
	evidence model.Evidence
	groups   []electedGroup
}

// onlyFirst is the support of everything that a record alone says. It is
// shared: nobody appends to it.
var onlyFirst = []uint32{0}

// properties survives all that was said, property by property.
func (h *harvest) properties(all []said, alone bool) {
	for lo := 0; lo < len(all); {
		hi := endOfProperty(all, lo)
		h.property(all, lo, hi, alone)
		lo = hi
	}
}

// endOfProperty is where the things said of the property of the one at lo end.
func endOfProperty(all []said, lo int) int {
	hi := lo + 1
	for hi < len(all) && all[hi].property == all[lo].property {
		hi++
	}
	return hi
}

// keep adds a surviving value.
func (h *harvest) keep(p model.PropertyID, v model.Value, period model.Period, rule model.Rule, records []uint32) {
	h.golden.Values = append(h.golden.Values, model.GoldenValue{Property: p, Value: v, Period: period})
	h.evidence.Support = append(h.evidence.Support, model.Support{Rule: rule, Records: records})
}

func (h *harvest) lose(p model.PropertyID, c *candidate, rule model.Rule) {
	h.evidence.Alternatives = append(h.evidence.Alternatives, model.Alternative{
		GoldenValue: model.GoldenValue{Property: p, Value: c.value, Period: c.period},
		Lost:        rule,
		Records:     c.records,
	})
}

// derived keeps what the registry derives, which it gives as pins; what a record
// says of it is nothing.
func (h *harvest) derived(run []said, row *ontology.Property) {
	for i := range run {
		if run[i].member == pinned {
			h.keep(row.ID, run[i].value, run[i].period, model.RulePin, nil)
		}
	}
}

// property survives one property's statements all[lo:hi].
func (h *harvest) property(all []said, lo, hi int, alone bool) {
	row := ontology.ByID(all[lo].property)
	if row == nil || row.Kind != h.kind {
		return
	}
	switch {
	case row.Derived:
		h.derived(all[lo:hi], row)
	case row.Survive == ontology.SurviveMaximum:
		h.protection(all[lo:hi], row)
	case alone && h.alone(all[lo:hi], row):
	case row.Survive == ontology.SurviveGroup && len(h.members) > 1:
		h.group(all, row)
	case row.Survive == ontology.SurviveAll:
		h.every(all[lo:hi], row)
	default:
		h.one(all[lo:hi], row)
	}
}
