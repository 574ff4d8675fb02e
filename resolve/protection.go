package resolve

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// protectionOf is the highest level that a record states. A record that states
// none leaves it unknown, unless its source carries the flag for everyone. A
// flag's period is not looked at: there is no clock here, and a flag counts
// until its source takes it back.
func protectionOf(m *Member, p *Policy) model.Protection {
	level := model.Protection(0)
	for i := range m.Record.Statements {
		st := &m.Record.Statements[i]
		if st.Property != ontology.PersonProtection {
			continue
		}
		notation := "" // whatever is not a code says nothing
		if code, ok := st.Value.(model.Code); ok {
			notation = code.Notation
		}
		level = max(level, model.ParseProtection(notation))
	}
	switch {
	case level != 0:
		return level
	case p != nil && p.KnowsProtection[m.Source]:
		return model.ProtectionNone
	}
	return model.ProtectionUnknown
}

// mergedProtection is the highest level of the members, where a source that
// knows settles what the others leave unknown. A steward's pin overrides it.
func mergedProtection(members []Member, p *Policy, pins []Pin) (level model.Protection, pin bool) {
	settled := false
	for i := range members {
		l := protectionOf(&members[i], p)
		level = max(level, l)
		settled = settled || l == model.ProtectionNone && p != nil && p.KnowsProtection[members[i].Source]
	}
	if level == model.ProtectionUnknown && settled {
		level = model.ProtectionNone
	}
	var stated model.Protection
	for i := range pins {
		if code, ok := pins[i].Value.(model.Code); ok && pins[i].Property == ontology.PersonProtection {
			stated = max(stated, model.ParseProtection(code.Notation))
		}
	}
	if stated != 0 {
		return stated, true
	}
	return level, false
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
	level, pin := mergedProtection(h.members, h.policy, pins)
	value := protectionValues[level]
	if len(h.members) == 1 && !pin {
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
	if pin {
		rule = model.RulePin
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
