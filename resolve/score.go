package resolve

import (
	"slices"
	"strings"

	"github.com/karna-registry/karna/model"
)

// The codes of reasons and conflicts.
const (
	ReasonUniqueIdentifier    = "unique-identifier"     // both hold one valid value of a unique scheme
	ReasonDifferentIdentifier = "different-identifier"  // two valid values of an exclusive group at one time
	ReasonIncompatibleNames   = "incompatible-names"    // one unique identifier, but neither name nor birth date agrees
	ReasonReplaced            = "replaced"              // the values differ, but a source says that one replaced the other
	ReasonDuplicateFree       = "duplicate-free-source" // two live records of a source that never has two of one thing
	ReasonEvidenceAgainst     = "evidence-against"      // a pair links, but the pairs beside it speak against it
	ReasonDecisionSame        = "decision-same"         // a steward's word
	ReasonDecisionDifferent   = "decision-different"    // a steward's word
)

// Score says what two live records prove of each other by themselves: a
// must-link, a cannot-link, both (a conflict) or neither, and why. It knows
// nothing of stewards' decisions or of other records; Cluster does. The answer
// is the same for (a, b) and (b, a) and has A = 0 and B = 1.
func Score(a, b *Subject, p *Policy) Edge {
	e := Edge{B: 1}
	if a.Record.Key.Kind != b.Record.Key.Kind {
		return e
	}
	var bufA, bufB [4]held
	as, bs := appendHeld(bufA[:0], a.Record, p), appendHeld(bufB[:0], b.Record, p)
	e.Reasons = appendShared(e.Reasons, a.Record, b.Record, as, bs)
	e.Reasons = appendSeparating(e.Reasons, as, bs, statedReplacements(as, bs))
	if p.isDuplicateFree(a.Record) && a.Record.Key.Source == b.Record.Key.Source {
		e.Reasons = append(e.Reasons, Reason{Code: ReasonDuplicateFree, Constraint: CannotLink})
	}
	slices.SortFunc(e.Reasons, compareReasons)
	e.Reasons = slices.Compact(e.Reasons)
	for _, r := range e.Reasons {
		e.Must = e.Must || r.Constraint == MustLink
		e.Cannot = e.Cannot || r.Constraint == CannotLink
	}
	return e
}

func (p *Policy) isDuplicateFree(rec *model.Record) bool {
	return p != nil && p.DuplicateFree[rec.Key.Source]
}

func compareReasons(a, b Reason) int {
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	if c := strings.Compare(string(a.Scheme), string(b.Scheme)); c != 0 {
		return c
	}
	if a.Property != b.Property {
		return int(a.Property) - int(b.Property)
	}
	return int(a.Constraint) - int(b.Constraint)
}

// appendShared gives a reason for every unique value that both hold.
func appendShared(dst []Reason, a, b *model.Record, as, bs []held) []Reason {
	fits, known := true, a.Key.Kind != model.Person
	for i := range as {
		if !as[i].unique {
			continue
		}
		for j := range bs {
			if as[i].identity != bs[j].identity {
				continue
			}
			if !known {
				x, y := characterOf(a), characterOf(b)
				fits, known = compatible(agreeNames(x.names, y.names), agreeDates(x.born, y.born)), true
			}
			if fits {
				dst = append(dst, Reason{ReasonUniqueIdentifier, as[i].scheme, as[i].property, MustLink})
			} else {
				dst = append(dst, Reason{ReasonIncompatibleNames, as[i].scheme, as[i].property, 0})
			}
		}
	}
	return dst
}

// replacements are values that are one holder's by some source's word.
type replacements struct{ pairs [][2]identity }

// statedReplacements reads what holders say: a replaced value was replaced by
// the holder's current value of its group.
func statedReplacements(holders ...[]held) replacements {
	var r replacements
	for _, hs := range holders {
		for i := range hs {
			if !hs[i].replaced || hs[i].group == "" {
				continue
			}
			for j := range hs {
				if !hs[j].replaced && hs[j].group == hs[i].group {
					r.pairs = append(r.pairs, [2]identity{hs[i].identity, hs[j].identity})
				}
			}
		}
	}
	return r
}

// join tells whether a chain of replacements leads from one value to the other.
func (r replacements) join(x, y identity) bool {
	if len(r.pairs) == 0 {
		return x == y
	}
	reached := []identity{x}
	for i := 0; i < len(reached); i++ {
		if reached[i] == y {
			return true
		}
		for _, pair := range r.pairs {
			for side := range pair {
				if pair[side] == reached[i] && !slices.Contains(reached, pair[1-side]) {
					reached = append(reached, pair[1-side])
				}
			}
		}
	}
	return false
}

// appendSeparating gives a reason for every exclusive group in which both hold
// a current value and the values differ.
func appendSeparating(dst []Reason, as, bs []held, r replacements) []Reason {
	for i := range as {
		for j := range bs {
			x, y := &as[i], &bs[j]
			if x.group == "" || x.group != y.group || x.replaced || y.replaced || x.identity == y.identity || !x.period.Overlaps(y.period) {
				continue
			}
			if y.identity.compare(x.identity) < 0 {
				x, y = y, x
			}
			if r.join(x.identity, y.identity) {
				dst = append(dst, Reason{ReasonReplaced, x.scheme, x.property, 0})
			} else {
				dst = append(dst, Reason{ReasonDifferentIdentifier, x.scheme, x.property, CannotLink})
			}
		}
	}
	return dst
}

// Explanation is a pair for a steward: what the two prove of each other within
// their component, decisions and replacements stated by other records included.
type Explanation struct {
	Edge          // the constraints and reasons; A and B as asked
	Band     Band // where the weight lies, where neither constraint is set
	Names    Agreement
	Born     Agreement
	Together bool // they are in one cluster
}

// Explain says why two subjects of a component are or are not one thing.
func Explain(subjects []Subject, judgements []Judgement, p *Policy, a, b int) Explanation {
	x, y := &subjects[a], &subjects[b]
	e := Explanation{Edge: Score(x, y, p)}
	e.A, e.B = a, b
	cx, cy := characterOf(x.Record), characterOf(y.Record)
	e.Names, e.Born = agreeNames(cx.names, cy.names), agreeDates(cx.born, cy.born)
	e.Band = p.bands(x.Record.Key.Kind).Of(e.Weight)

	s := newSolver(subjects, judgements, p, nil)
	s.solve()
	pa, pb := s.position(a), s.position(b)
	e.Together = s.find(pa) == s.find(pb)
	if e.Cannot && s.forgiven(pa, pb) {
		e.Cannot = false
		kept := e.Reasons[:0]
		for _, r := range e.Reasons {
			if r.Constraint == CannotLink {
				r = Reason{ReasonReplaced, r.Scheme, r.Property, 0}
			}
			kept = append(kept, r)
		}
		e.Reasons = kept
	}
	for _, j := range judgements {
		if j.A == x.ID && j.B == y.ID || j.A == y.ID && j.B == x.ID {
			if j.Same {
				e.Must = true
				e.Reasons = append(e.Reasons, Reason{Code: ReasonDecisionSame, Constraint: MustLink})
			} else {
				e.Cannot = true
				e.Reasons = append(e.Reasons, Reason{Code: ReasonDecisionDifferent, Constraint: CannotLink})
			}
		}
	}
	slices.SortFunc(e.Reasons, compareReasons)
	e.Reasons = slices.Compact(e.Reasons)
	return e
}
