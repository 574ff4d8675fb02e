package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Said is a level of protection that a version of a record stated.
type Said struct {
	Stamp    int64 // the source's own time of the version; 0 if it has none
	Revision model.Revision
	Level    model.Protection
}

// Ruling is a steward's word on the protection of the person whose record this
// is: Level is what it was raised or lowered to. Of a lowering, Covers is what the
// record stated then, and Stamp the source's time of that.
type Ruling struct {
	Revision model.Revision
	Lowered  bool
	Level    model.Protection
	Covers   model.Protection
	Stamp    int64
}

// Standing is what a record's past comes to for the protection of its person. The
// zero value is that of a record that never stated a protected level and on which
// no steward has ruled.
type Standing struct {
	// Held is the highest level that the record has once stated and that nobody
	// has lowered since. It counts until the master for protection says otherwise.
	Held model.Protection
	// Raised is what a steward raised the person's level to; only a steward takes
	// it back.
	Raised model.Protection
	// Ruled is what a steward lowered the level to, 0 when none has: what the record
	// states up to Covered counts as that.
	Ruled, Covered model.Protection
}

// precedes tells whether the source said it before the ruling: by its own time if
// it tells that, so that it does not matter when it came.
func (s Said) precedes(r Ruling) bool {
	if s.Stamp != 0 && r.Stamp != 0 {
		return s.Stamp <= r.Stamp
	}
	return s.Revision < r.Revision
}

// StandingOf is a record's standing, by all that its versions have stated since
// the first that was protected, and all rulings on it, in any order. A lowering
// covers what the source goes on saying; saying more than that raises the level
// again, and so does taking it back and saying it anew.
func StandingOf(said []Said, rulings []Ruling) Standing {
	var out Standing
	var last *Ruling // the latest lowering
	for i := range rulings {
		if r := &rulings[i]; r.Lowered && (last == nil || r.Revision > last.Revision) {
			last = r
		}
	}
	if last != nil {
		out.Ruled, out.Covered = last.Level, last.Covers
	}
	for _, r := range rulings {
		if !r.Lowered && (last == nil || r.Revision > last.Revision) {
			out.Raised = max(out.Raised, r.Level)
		}
	}
	said = slices.Clone(said)
	slices.SortFunc(said, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Level, b.Level))
	})
	for _, s := range said {
		switch {
		case last != nil && s.precedes(*last):
		case s.Level > out.Covered:
			if s.Level.IsProtected() {
				out.Held = max(out.Held, s.Level)
			}
		default:
			out.Covered = s.Level
		}
	}
	return out
}

// Join is the standing of two records of one person, as far as it goes beyond
// what each of them states.
func (s Standing) Join(o Standing) Standing {
	s.Held, s.Raised = max(s.Held, o.Held), max(s.Raised, o.Raised)
	return s
}

// statedLevel is the highest level that a record's statements give; 0 for none. A
// flag's period is not looked at: there is no clock here, and a flag counts until
// it is lowered.
func statedLevel(rec *model.Record) (level model.Protection) {
	for i := range rec.Statements {
		st := &rec.Statements[i]
		if st.Property != ontology.PersonProtection {
			continue
		}
		notation := "" // whatever is not a code says nothing
		if code, ok := st.Value.(model.Code); ok {
			notation = code.Notation
		}
		level = max(level, model.ParseProtection(notation))
	}
	return level
}

// StatedProtection is the highest level that a record states itself, 0 when it
// states none.
func StatedProtection(rec *model.Record) model.Protection { return statedLevel(rec) }

// protectionOf is the level that a record says now. A record that states none
// leaves it unknown, unless its source carries the flag for everyone. What a
// steward has lowered counts as what he lowered it to.
func protectionOf(m *Member, p *Policy) model.Protection {
	level := statedLevel(m.Record)
	switch {
	case level == 0 && p != nil && p.KnowsProtection[m.Source]:
		level = model.ProtectionNone
	case level == 0:
		level = model.ProtectionUnknown
	}
	if s := m.Standing; s.Ruled != 0 && (level <= s.Covered || level == model.ProtectionUnknown) {
		level = min(level, s.Ruled)
	}
	return level
}

// mergedProtection is the highest level of the members and of what any has once
// stated and nobody has lowered, where a source or a steward who knows settles
// what the others leave unknown. A live word of the master for protection lowers
// what is only held. A steward's pin overrides all of it. held tells that no
// member says the level now.
func mergedProtection(members []Member, p *Policy, pins []Pin) (level model.Protection, pin, held bool) {
	settled, master := false, false
	var standing Standing
	for i := range members {
		m := &members[i]
		l := protectionOf(m, p)
		level = max(level, l)
		settled = settled || l == model.ProtectionNone && (p != nil && p.KnowsProtection[m.Source] || m.Standing.Ruled == model.ProtectionNone)
		master = master || p.isMaster(m.Source, ontology.PersonProtection) && (statedLevel(m.Record) != 0 || p.KnowsProtection[m.Source])
		standing = standing.Join(m.Standing)
	}
	if level == model.ProtectionUnknown && settled {
		level = model.ProtectionNone
	}
	if !master && standing.Held > level {
		level, held = standing.Held, true
	}
	if standing.Raised > level {
		level, held = standing.Raised, true
	}
	var pinned model.Protection
	for i := range pins {
		if code, ok := pins[i].Value.(model.Code); ok && pins[i].Property == ontology.PersonProtection {
			pinned = max(pinned, model.ParseProtection(code.Notation))
		}
	}
	if pinned != 0 {
		return pinned, true, false
	}
	return level, false, held
}

// ProtectionOf is the level of the person that the members are.
func ProtectionOf(members []Member, p *Policy) model.Protection {
	level, _, _ := mergedProtection(members, p, nil)
	return level
}

// protection gives every person exactly one level. Its support is who states it
// or leaves it so; a lower level that someone states is an alternative.
func (h *harvest) protection(run []said, row *ontology.Property) {
	var pins []Pin
	for i := range run {
		if run[i].member == pinned && run[i].value != nil {
			pins = append(pins, Pin{Property: row.ID, Value: run[i].value})
		}
	}
	level, pin, held := mergedProtection(h.members, h.policy, pins)
	value := protectionValues[level]
	if len(h.members) == 1 && !pin && !held {
		h.keep(row.ID, value, model.Period{}, model.RuleOnly, onlyFirst)
		return
	}
	rule := model.RuleOnly
	var support []uint32
	var others [len(protectionValues)][]uint32
	for i := range h.members {
		l := protectionOf(&h.members[i], h.policy)
		switch {
		case l == level:
			support = append(support, uint32(i))
		case statesProtection(run, int32(i)):
			others[l] = append(others[l], uint32(i))
			rule = model.RuleMaximum
		default:
			rule = model.RuleMaximum
		}
	}
	switch {
	case pin:
		rule = model.RulePin
	case held:
		rule = model.RuleHeld
	}
	h.keep(row.ID, value, model.Period{}, rule, support)
	for l := len(others) - 1; l > 0; l-- {
		if others[l] != nil {
			h.lose(row.ID, &candidate{value: protectionValues[l], records: others[l]}, rule)
		}
	}
}

func statesProtection(run []said, member int32) bool {
	for i := range run {
		if run[i].member == member {
			return true
		}
	}
	return false
}

// protectionValues are the levels as values, by level.
var protectionValues = func() (v [model.ProtectionProtectedRegistering + 1]model.Value) {
	for l := model.ProtectionNone; l <= model.ProtectionProtectedRegistering; l++ {
		v[l] = model.Code{Scheme: model.ProtectionScheme, Notation: l.Notation()}
	}
	return v
}()
