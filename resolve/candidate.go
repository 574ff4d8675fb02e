package resolve

import (
	"cmp"
	"math"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// candidate is one value at one period with everyone who says so.
type candidate struct {
	value   model.Value // as the best ranked of them spells it
	form    model.Value // what it is compared by
	order   model.Value // decides where nothing else does; as a source has it, so without ids, which depend on arrival
	period  model.Period
	records []uint32 // ascending
	pin     bool
	rank    rank
}

// maxRules is more than there are rules to try.
const maxRules = 8

// rank is how a candidate does by each rule that is tried, in order; higher is
// better.
type rank [maxRules]int64

// defaultRules are tried in this order unless the policy names others. A pin is
// always first and order always last.
var defaultRules = []model.Rule{model.RuleMaster, model.RuleTrust, model.RuleRecency, model.RuleSupport}

// rulesFor are the rules to try for a property: those that rank.
func (p *Policy) rulesFor(id model.PropertyID) []model.Rule {
	if p == nil || p.Rules[id] == nil {
		return defaultRules
	}
	rules := make([]model.Rule, 0, maxRules)
	for _, r := range p.Rules[id] {
		if slices.Contains(defaultRules, r) && !slices.Contains(rules, r) {
			rules = append(rules, r)
		}
	}
	return rules
}

// rankOf ranks what some records say together. Each rule looks at those that
// did best by the rules before it: a low-ranked source that repeats a value does
// not make the high-ranked one's statement of it more recent.
func (c *cast) rankOf(records []uint32, pin bool, rules []model.Rule, mastered []model.PropertyID) rank {
	var r rank
	if pin {
		r[0] = 1
	}
	if len(records) == 0 {
		return r
	}
	var buffer [8]uint32
	best := append(buffer[:0], records...)
	for k, rule := range rules {
		if rule == model.RuleSupport {
			r[k+1] = int64(len(records))
			continue
		}
		r[k+1] = math.MinInt64
		kept := best[:0]
		for _, i := range best {
			switch v := c.score(int(i), rule, mastered); {
			case v > r[k+1]:
				r[k+1] = v
				kept = append(kept[:0], i)
			case v == r[k+1]:
				kept = append(kept, i)
			}
		}
		best = kept
	}
	return r
}

func (c *cast) score(i int, rule model.Rule, mastered []model.PropertyID) int64 {
	m := &c.members[i]
	switch rule {
	case model.RuleMaster:
		for _, id := range mastered {
			if c.policy.isMaster(m.Source, id) {
				return 1
			}
		}
	case model.RuleTrust:
		return int64(c.policy.trust(m.Source))
	case model.RuleRecency:
		return m.Stamp
	}
	return 0
}

// compareRanks puts the better first.
func compareRanks(a, b *rank) int {
	for k := range a {
		if a[k] != b[k] {
			return cmp.Compare(b[k], a[k])
		}
	}
	return 0
}

// decider is the rule by which two ranks differ.
func decider(a, b *rank, rules []model.Rule) model.Rule {
	switch {
	case a[0] != b[0]:
		return model.RulePin
	default:
		for k, rule := range rules {
			if a[k+1] != b[k+1] {
				return rule
			}
		}
	}
	return model.RuleOrder
}

// candidates gathers equal values: those with the same period, or periods that
// touch, are one candidate. Who states no period supports the latest of those
// that do.
func (c *cast) candidates(run []said, row *ontology.Property, rules []model.Rule) []candidate {
	mastered := []model.PropertyID{row.ID}
	out := make([]candidate, 0, len(run))
	byForm := gatherForms(run)
	for lo := 0; lo < len(byForm); {
		hi := lo + 1
		for hi < len(byForm) && byForm[hi].group == byForm[lo].group {
			hi++
		}
		entries := make([]said, 0, hi-lo)
		for _, f := range byForm[lo:hi] {
			entries = append(entries, run[f.at])
		}
		for _, stretch := range stretches(entries) {
			cand := candidate{form: byForm[lo].form, period: stretch.period, records: make([]uint32, 0, len(stretch.said))}
			for i := range stretch.said {
				if by := stretch.said[i].member; by == pinned {
					cand.pin = true
				} else {
					cand.records = append(cand.records, uint32(by))
				}
			}
			slices.Sort(cand.records)
			cand.records = slices.Compact(cand.records)
			cand.value = c.spelling(stretch.said, rules, mastered)
			cand.order = smallest(stretch.said)
			cand.rank = c.rankOf(cand.records, cand.pin, rules, mastered)
			out = append(out, cand)
		}
		lo = hi
	}
	return out
}

// formed is one thing said, by its form: equal forms have one group.
type formed struct {
	form  model.Value
	group int
	at    int // in the run
}

// gatherForms sorts a run so that equal forms stand together.
func gatherForms(run []said) []formed {
	out := make([]formed, len(run))
	var index map[model.Value]int
	if len(run) > 32 {
		index = make(map[model.Value]int, len(run))
	}
	for i := range run {
		out[i] = formed{run[i].formOf(), i, i}
		if index != nil {
			if first, ok := index[out[i].form]; ok {
				out[i].group = first
			} else {
				index[out[i].form] = i
			}
			continue
		}
		for k := range out[:i] {
			if out[k].form == out[i].form {
				out[i].group = out[k].group
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b formed) int { return cmp.Or(a.group-b.group, a.at-b.at) })
	return out
}

// spelling is the value as the best ranked of those who state it spell it: the
// steward, else by the rules, else the record with the smallest key. Of an
// identifier it is always the latter's, with its seal; it counts as replaced if
// anyone says so.
func (c *cast) spelling(entries []said, rules []model.Rule, mastered []model.PropertyID) model.Value {
	if !slices.ContainsFunc(entries[1:], func(e said) bool { return e.value != entries[0].value }) {
		return entries[0].value
	}
	_, isIdentifier := entries[0].value.(model.Identifier)
	best := 0
	var bestRank rank
	for i := range entries {
		e := &entries[i]
		r, order := rank{1}, int32(-1) // a steward's
		if e.member != pinned {
			r, order = rank{}, c.orderOf(e.member)
			if !isIdentifier {
				r = c.rankOf([]uint32{uint32(e.member)}, false, rules, mastered)
			}
		}
		b := &entries[best]
		bestOrder := int32(-1)
		if b.member != pinned {
			bestOrder = c.orderOf(b.member)
		}
		if i == 0 || cmp.Or(compareRanks(&r, &bestRank), int(order-bestOrder), compareValues(e.source, b.source)) < 0 {
			best, bestRank = i, r
		}
	}
	value := entries[best].value
	if id, ok := value.(model.Identifier); ok && id.Status != model.IdentifierReplaced {
		for i := range entries {
			if entries[i].value.(model.Identifier).Status == model.IdentifierReplaced {
				id.Status = model.IdentifierReplaced
				return id
			}
		}
	}
	return value
}

func smallest(entries []said) model.Value {
	v := entries[0].source
	for _, e := range entries[1:] {
		if compareValues(e.source, v) < 0 {
			v = e.source
		}
	}
	return v
}

// compareCandidates puts the better first and never calls two equal that differ.
func compareCandidates(a, b *candidate) int {
	return cmp.Or(compareRanks(&a.rank, &b.rank), compareValues(a.order, b.order), comparePeriods(a.period, b.period), compareBounds(a.period, b.period))
}

// stretch is a span of time in which one value holds, and who says so.
type stretch struct {
	period model.Period
	said   []said
}

// stretches joins the periods of one value where they touch. A record that
// states no period says nothing of time: it supports the latest stretch that
// others state. A stretch starts where the first that states a start says, and
// is open if anyone leaves it open. A pin keeps its own period.
func stretches(entries []said) []stretch {
	if !slices.ContainsFunc(entries[1:], func(e said) bool { return e.period != entries[0].period }) {
		return []stretch{{entries[0].period, entries}}
	}
	slices.SortStableFunc(entries, func(a, b said) int {
		return cmp.Or(comparePeriods(a.period, b.period), compareBounds(a.period, b.period))
	})
	var out []stretch
	var timeless []said
	always := false
	for _, e := range entries {
		if e.period.IsZero() {
			timeless = append(timeless, e)
			always = always || e.member == pinned
			continue
		}
		if n := len(out); n > 0 && touches(out[n-1].period, e.period) {
			last := &out[n-1]
			last.period = laterStart(last.period, e.period)
			last.said = append(last.said, e)
		} else {
			out = append(out, stretch{e.period, []said{e}})
		}
	}
	if always { // the steward says it of all time
		for i := range out {
			timeless = append(timeless, out[i].said...)
		}
		return []stretch{{model.Period{}, timeless}}
	}
	latest := &out[len(out)-1] // they are in order, do not touch, and not all are timeless
	latest.said = append(latest.said, timeless...)
	for i := range out {
		out[i].period = pinnedPeriod(out[i])
	}
	return out
}

// laterStart is the hull of two periods, from the first start that is stated.
func laterStart(p, next model.Period) model.Period {
	h := hull(p, next)
	if p.From.IsZero() {
		h.From = next.From
	}
	return h
}

// pinnedPeriod is the stretch's period, or the steward's if he speaks in it.
func pinnedPeriod(s stretch) model.Period {
	var period model.Period
	spoken := false
	for i := range s.said {
		switch e := &s.said[i]; {
		case e.member != pinned:
		case spoken:
			period = hull(period, e.period)
		default:
			period, spoken = e.period, true
		}
	}
	if spoken {
		return period
	}
	return s.period
}

// compareBounds tells periods apart that mean the same days at different precision.
func compareBounds(a, b model.Period) int {
	return cmp.Or(compareDates(a.From, b.From), compareDates(a.To, b.To))
}
