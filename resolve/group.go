package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// version is what some records, alike, say of a whole group of properties.
type version struct {
	candidate        // its span, records and rank; the parts have values and periods
	parts     []part // in the order of properties
	dropped   []part // what it says beside, of one property at one instant
}

// part is one property's value in a version.
type part struct {
	said
	form model.Value
}

func compareParts(a, b part) int {
	return cmp.Or(int(a.property)-int(b.property), compareValues(a.source, b.source), comparePeriods(a.period, b.period), compareBounds(a.period, b.period))
}

// electedGroup is what survives of a group, to be brought out property by
// property.
type electedGroup struct {
	name       string
	kept, lost []electedVersion
	pins       []said
}

// group survives properties that belong together, such as the parts of a name:
// all of them come from one record (or from records that say exactly the same),
// never some from one and some from another. The record is elected by the rules
// of one value; versions at periods of their own stand side by side. A pin
// overrides its own property alone: that is the steward's to decide. rest is
// everything said of the group, and more.
func (h *harvest) group(rest []said, row *ontology.Property) {
	at := slices.IndexFunc(h.groups, func(g electedGroup) bool { return g.name == row.Group })
	if at < 0 {
		at = len(h.groups)
		h.groups = append(h.groups, h.elect(rest, row))
	}
	h.groupProperty(row.ID, &h.groups[at])
}

func (h *harvest) elect(rest []said, row *ontology.Property) electedGroup {
	group := electedGroup{name: row.Group}
	var properties []model.PropertyID
	for _, r := range ontology.Of(h.kind) {
		if r.Survive == ontology.SurviveGroup && r.Group == row.Group {
			properties = append(properties, r.ID)
		}
	}
	rules := defaultRules
	for _, id := range properties {
		if h.policy != nil && h.policy.Rules[id] != nil {
			rules = h.policy.rulesFor(id)
			break
		}
	}
	byMember := make([][]part, len(h.members))
	for i := range rest {
		e := rest[i]
		switch {
		case !slices.Contains(properties, e.property):
		case e.member == pinned:
			group.pins = append(group.pins, e)
		default:
			byMember[e.member] = append(byMember[e.member], part{e, e.formOf()})
		}
	}
	group.kept, group.lost = electVersions(h.versions(byMember, rules, properties), rules)
	return group
}

// versions gathers members that say exactly the same.
func (c *cast) versions(byMember [][]part, rules []model.Rule, mastered []model.PropertyID) []version {
	var out []version
	for i, parts := range byMember {
		if len(parts) == 0 {
			continue
		}
		parts, dropped := oneAtATime(parts)
		at := slices.IndexFunc(out, func(v version) bool {
			return slices.EqualFunc(v.parts, parts, sameParts) && slices.EqualFunc(v.dropped, dropped, sameParts)
		})
		if at < 0 {
			at = len(out)
			out = append(out, version{candidate: candidate{period: spanOf(parts)}, parts: parts, dropped: dropped})
		}
		out[at].records = append(out[at].records, uint32(i))
	}
	for i := range out {
		out[i].rank = c.rankOf(out[i].records, false, rules, mastered)
	}
	slices.SortFunc(out, func(a, b version) int {
		return cmp.Or(compareRanks(&a.rank, &b.rank), slices.CompareFunc(a.parts, b.parts, compareParts), slices.CompareFunc(a.dropped, b.dropped, compareParts))
	})
	return out
}

func sameParts(a, b part) bool {
	return a.property == b.property && a.value == b.value && a.period == b.period
}

// oneAtATime sorts a record's parts and sets aside what a record should not say:
// a second value of a property at one instant.
func oneAtATime(parts []part) (kept, dropped []part) {
	slices.SortFunc(parts, compareParts)
	for i, p := range parts {
		overlaps := func(q part) bool { return q.property == p.property && q.period.Overlaps(p.period) }
		switch {
		case i > 0 && slices.ContainsFunc(kept, overlaps):
			dropped = append(dropped, p)
		case dropped == nil:
			kept = parts[:i+1]
		default:
			kept = append(slices.Clip(kept), p)
		}
	}
	return kept, dropped
}

// spanOf is the time that the parts together cover, gaps included.
func spanOf(parts []part) model.Period {
	span := parts[0].period
	for _, p := range parts[1:] {
		if p.period.From.Compare(span.From) < 0 { // the zero date is the earliest
			span.From = p.period.From
		}
		if !span.To.IsZero() && (p.period.To.IsZero() || p.period.To.Compare(span.To) > 0) {
			span.To = p.period.To
		}
	}
	return span
}

// electedVersion is a version with the rule by which it won or lost.
type electedVersion struct {
	version
	rule model.Rule
}

func electVersions(all []version, rules []model.Rule) (kept, lost []electedVersion) {
next:
	for _, v := range all {
		for k := range kept {
			if !kept[k].period.Overlaps(v.period) {
				continue
			}
			rule := decider(&kept[k].rank, &v.rank, rules)
			if kept[k].rule == model.RuleOnly {
				kept[k].rule = rule
			}
			lost = append(lost, electedVersion{v, rule})
			continue next
		}
		kept = append(kept, electedVersion{v, model.RuleOnly})
	}
	return kept, lost
}

// groupProperty brings out one property of the elected versions. Its support is
// everyone who says the same of it, whichever version they say it in.
func (h *harvest) groupProperty(id model.PropertyID, g *electedGroup) {
	var winners, losers []elected
	for i := range g.kept {
		for _, p := range g.kept[i].parts {
			if p.property == id {
				winners = append(winners, elected{p.candidate(g.kept[i].records), g.kept[i].rule})
			}
		}
	}
	winners = joinTouching(winners)
	lose := func(parts []part, records []uint32, rule model.Rule) {
		for _, p := range parts {
			if p.property != id {
				continue
			}
			into := winners
			at := slices.IndexFunc(into, func(w elected) bool { return w.form == p.form && w.period.Overlaps(p.period) })
			if at < 0 {
				into = losers
				at = slices.IndexFunc(into, func(l elected) bool { return l.form == p.form && l.period == p.period })
			}
			if at >= 0 {
				into[at].records = union(into[at].records, records)
			} else {
				losers = append(losers, elected{p.candidate(records), rule})
			}
		}
	}
	for i := range g.kept {
		lose(g.kept[i].dropped, g.kept[i].records, model.RuleOrder)
	}
	for i := range g.lost {
		lose(g.lost[i].parts, g.lost[i].records, g.lost[i].rule)
		lose(g.lost[i].dropped, g.lost[i].records, g.lost[i].rule)
	}
	for i := range winners {
		switch {
		case len(g.kept)+len(g.lost) == 1 && len(losers) > 0:
			winners[i].rule = model.RuleOrder
		case len(g.kept)+len(g.lost) == 1:
			winners[i].rule = model.RuleOnly
		case len(losers) == 0:
			winners[i].rule = model.RuleGroup
		}
	}
	winners, losers = pinGroup(id, winners, losers, g.pins)
	slices.SortStableFunc(winners, func(a, b elected) int { return compareCurrency(a.period, b.period) })
	for i := range winners {
		h.keep(id, winners[i].value, winners[i].period, winners[i].rule, winners[i].records)
	}
	for i := range losers {
		h.lose(id, &losers[i].candidate, losers[i].rule)
	}
}

func (p part) candidate(records []uint32) candidate {
	return candidate{value: p.value, form: p.form, period: p.period, records: records}
}

// joinTouching makes one value of the same value in versions that follow on each
// other, with the rule of the later.
func joinTouching(all []elected) []elected {
	slices.SortFunc(all, func(a, b elected) int {
		return cmp.Or(comparePeriods(a.period, b.period), compareBounds(a.period, b.period))
	})
	out := all[:0]
	for _, e := range all {
		if n := len(out); n > 0 && out[n-1].form == e.form && touches(out[n-1].period, e.period) {
			e.period = hull(out[n-1].period, e.period)
			e.records = union(out[n-1].records, e.records)
			out[n-1] = e
		} else {
			out = append(out, e)
		}
	}
	return out
}

// pinGroup lets a steward's values take the place of those they overlap.
func pinGroup(id model.PropertyID, winners, losers []elected, pins []said) (kept, lost []elected) {
	var own []elected
	for _, p := range pins {
		if p.property != id {
			continue
		}
		own = append(own, elected{candidate{value: p.value, form: formOf(p.value), period: p.period}, model.RulePin})
	}
	if len(own) == 0 {
		return winners, losers
	}
	slices.SortFunc(own, func(a, b elected) int {
		return cmp.Or(compareValues(a.value, b.value), comparePeriods(a.period, b.period))
	})
	for _, pin := range own {
		if !slices.ContainsFunc(kept, func(k elected) bool { return k.period.Overlaps(pin.period) }) {
			kept = append(kept, pin)
		}
	}
	agree := func(e *elected) bool {
		for k := range kept {
			if kept[k].rule == model.RulePin && kept[k].form == e.form && kept[k].period.Overlaps(e.period) {
				kept[k].records = union(kept[k].records, e.records)
				return true
			}
		}
		return false
	}
	bySteward := len(kept)
	for _, w := range winners {
		switch {
		case agree(&w):
		case slices.ContainsFunc(kept[:bySteward], func(k elected) bool { return k.period.Overlaps(w.period) }):
			w.rule = model.RulePin
			lost = append(lost, w)
		default:
			kept = append(kept, w)
		}
	}
	for _, l := range losers {
		if !agree(&l) {
			lost = append(lost, l)
		}
	}
	return kept, lost
}
