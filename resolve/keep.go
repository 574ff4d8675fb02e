package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// one survives a property that has one value at an instant (in a language, where
// texts have one). Candidates are taken best first, each with its own period;
// one that overlaps a better one loses to it.
func (h *harvest) one(run []said, row *ontology.Property) {
	rules := h.policy.rulesFor(row.ID)
	all := h.candidates(run, row, rules)
	slices.SortFunc(all, func(a, b candidate) int { return compareCandidates(&a, &b) })
	kept, lost := elect(all, rules, func(a, b *candidate) bool { return language(a.value) == language(b.value) })
	slices.SortStableFunc(kept, func(a, b elected) int {
		return cmp.Or(cmp.Compare(language(a.value), language(b.value)), compareCurrency(a.period, b.period))
	})
	for i := range kept {
		h.keep(row.ID, kept[i].value, kept[i].period, kept[i].rule, kept[i].records)
	}
	for i := range lost {
		h.lose(row.ID, &lost[i].candidate, lost[i].rule)
	}
}

// elected is a candidate with the rule by which it won or lost.
type elected struct {
	candidate
	rule model.Rule
}

// elect takes the sorted candidates that overlap no better rival.
func elect(all []candidate, rules []model.Rule, rivals func(a, b *candidate) bool) (kept, lost []elected) {
next:
	for i := range all {
		c := &all[i]
		for k := range kept {
			better := &kept[k]
			if !rivals(&better.candidate, c) || !better.period.Overlaps(c.period) {
				continue
			}
			rule := decider(&better.rank, &c.rank, rules)
			if better.rule == model.RuleOnly {
				better.rule = rule
			}
			lost = append(lost, elected{*c, rule})
			continue next
		}
		rule := model.RuleOnly
		if c.pin {
			rule = model.RulePin
		}
		kept = append(kept, elected{*c, rule})
	}
	return kept, lost
}

func union(a, b []uint32) []uint32 {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func language(v model.Value) string {
	if t, ok := v.(model.Text); ok {
		return t.Lang
	}
	return ""
}

// compareCurrency puts what has no end first, then what ends or starts later.
func compareCurrency(a, b model.Period) int {
	return cmp.Or(compareEnded(a, b), b.To.Compare(a.To), b.From.Compare(a.From))
}

// every survives a property of which all distinct values stand: identifiers in
// use before replaced and failed ones, open-ended values before ended ones, and
// then by rank.
func (h *harvest) every(run []said, row *ontology.Property) {
	rules := h.policy.rulesFor(row.ID)
	all := h.candidates(run, row, rules)
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(standing(a.value), standing(b.value)), compareEnded(a.period, b.period), compareCandidates(&a, &b))
	})
	for i := range all {
		rule := model.RuleAll
		switch {
		case all[i].pin:
			rule = model.RulePin
		case len(all) == 1 || len(h.members) == 1:
			rule = model.RuleOnly
		}
		h.keep(row.ID, all[i].value, all[i].period, rule, all[i].records)
	}
}

// alone survives what one record says of a property. Only where it says one
// thing twice, or two things of which one can stand, is there something to decide.
func (h *harvest) alone(run []said, row *ontology.Property) bool {
	if len(run) > 1 {
		if row.Survive != ontology.SurviveAll || len(run) > 8 {
			return false
		}
		var forms [8]model.Value
		for i := range run {
			forms[i] = formOf(run[i].value)
			for _, f := range forms[:i] {
				if f == forms[i] {
					return false
				}
			}
		}
		slices.SortFunc(run, func(a, b said) int {
			return cmp.Or(cmp.Compare(standing(a.value), standing(b.value)), compareEnded(a.period, b.period),
				compareValues(a.source, b.source), comparePeriods(a.period, b.period))
		})
	}
	for i := range run {
		h.keep(row.ID, run[i].value, run[i].period, model.RuleOnly, onlyFirst)
	}
	return true
}

// compareEnded puts what has no end first.
func compareEnded(a, b model.Period) int {
	switch {
	case a.To.IsZero() == b.To.IsZero():
		return 0
	case a.To.IsZero():
		return -1
	}
	return 1
}

// standing ranks identifiers: in use, replaced, failed.
func standing(v model.Value) int {
	id, ok := v.(model.Identifier)
	switch {
	case !ok || id.Status == model.IdentifierValid:
		return 0
	case id.Status == model.IdentifierReplaced:
		return 1
	}
	return 2
}
