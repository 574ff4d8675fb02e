package ss12000

import (
	"bytes"

	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// markings reads every flag of protection in the element, wherever it stands: on the
// person, on a reference to one, in what _embedded expands, in an extension, beside
// an address, under the standard's name or another's. What the mapper takes of a
// person is a list of fields; that the person is protected is taken from all of them.
// Only the person's own securityMarking says that there is none.
func (e *element) markings(typ string) {
	if len(e.out) == 0 || e.out[0].Deleted {
		return
	}
	for i := 1; i < len(e.t.nodes); i++ {
		n := &e.t.nodes[i]
		if !n.named || n.kind == 'n' {
			continue
		}
		name := e.t.raw[n.key:n.end]
		read := e.t.marking(name)
		if read == nil {
			continue
		}
		v := value{e.t, int32(i)}
		flag := v.flag(read)
		standard := string(name) == "securityMarking"
		own := typ == Persons && standard && n.parent == 0
		if (standard || flag.Raised()) && e.t.first(int32(i)) {
			n.used = true
		}
		e.flagged = e.flagged || flag.Raised()
		if flag.Raised() || own && flag.Said {
			e.marked(typ, v, flag)
		}
	}
}

// marked states a flag: of the person being mapped, or else in a record of its own of
// the person it is about, and the roles that lead there are closed as a whole. When
// nobody can be told from it, everything that the element says is closed.
func (e *element) marked(typ string, v value, flag normalise.Flag) {
	who, known := e.whose(typ, v)
	if who == e.id && typ == Persons {
		r := e.out[0]
		e.state(r, v, flag)
		if !flag.Known {
			unknownMarking(r, ontology.PersonProtection, v)
		}
		return
	}
	first := true
	for _, r := range e.out {
		if r.Key.Kind == model.Person || known && !leadsTo(r, who) {
			continue
		}
		r.Narrow(model.Protected)
		if first && !flag.Known {
			unknownMarking(r, 0, v)
		}
		first = false
	}
	if known {
		e.state(e.markOf(who), v, flag)
	}
}

// state says of a person what the flag does. Several are merged by maximum.
func (e *element) state(r *draft.Record, v value, flag normalise.Flag) {
	r.Add(ontology.PersonProtection, model.Code{Scheme: model.ProtectionScheme, Notation: flag.Level.Notation()}, v.text())
}

func unknownMarking(r *draft.Record, p model.PropertyID, v value) {
	draft.Issue(r, p, v, v.text(), model.IssueUnknownCode, model.Warning, "a security marking that SS12000 does not have; the person is taken as protected")
}

// whose is the person that a flag is about: the nearest object around it that is one
// or refers to one. What has an id and is no person (an enrolment, a unit) tells
// nobody: the flag is then the person's whose object that stands in, and in a file of
// persons at last the element's own.
func (e *element) whose(typ string, v value) (id string, known bool) {
	foreign := false
	for n := e.t.nodes[v.n].parent; n != 0; n = e.t.nodes[n].parent {
		at := value{e.t, n}
		if id, ok := at.refersTo(); ok && !foreign {
			return id, true
		}
		if at.peek("id").absent() {
			continue
		}
		if id, ok := uuidOf(at.peek("id")); ok && e.isPerson(typ, at, id) {
			return id, true
		}
		foreign = true
	}
	if typ == Persons || foreign {
		return e.id, false
	}
	if id, ok := e.refersTo(); ok {
		return id, true
	}
	return e.id, false
}

// refersTo is the person whom an object (a membership, a duty) refers to.
func (v value) refersTo() (id string, ok bool) {
	for _, field := range [...]string{"person", "child"} {
		if id, ok := uuidOf(v.peek(field).peek("id")); ok {
			return id, true
		}
	}
	return "", false
}

// personFields are the names of what holds persons or references to them, and
// ofPersons what only a person has.
var (
	personFields = map[string]bool{
		"person": true, "persons": true, "child": true, "children": true, "responsible": true, "responsibles": true,
		"responsibleFor": true, "guardian": true, "guardians": true, "owner": true, "owners": true, "member": true, "members": true,
		"student": true, "students": true, "pupil": true, "pupils": true, "teacher": true, "teachers": true, "sibling": true, "siblings": true,
	}
	ofPersons = [...]string{"givenName", "familyName", "civicNo", "birthDate", "eduPersonPrincipalNames", "personStatus"}
)

// isPerson tells whether the object with the id is a person or a reference to one: by
// where it stands, by what it has, or because the element links to that person.
func (e *element) isPerson(typ string, v value, id string) bool {
	if typ == Persons && id == e.id || personFields[v.field()] {
		return true
	}
	for _, name := range ofPersons {
		if !v.peek(name).absent() {
			return true
		}
	}
	for _, r := range e.out {
		for _, s := range r.Statements {
			if l, ok := s.Value.(model.Link); ok && l.Ref.Kind == model.Person && l.Ref.Key.LocalID == id {
				return true
			}
		}
	}
	return false
}

// field is the name under which a value stands, be it in a list.
func (v value) field() string {
	n := &v.t.nodes[v.n]
	for !n.named && n.parent != 0 {
		n = &v.t.nodes[n.parent]
	}
	if !n.named {
		return ""
	}
	return string(v.t.raw[n.key:n.end])
}

// markOf is the record that says of somebody else that they are protected, and
// nothing besides: it becomes part of the person by the id that the source has.
func (e *element) markOf(id string) *draft.Record {
	localID := id + "/marking/" + e.part
	for _, have := range e.out {
		if have.Key.Kind == model.Person && have.Key.LocalID == localID {
			return have
		}
	}
	mark := e.record(model.Person, localID)
	mark.Add(ontology.PersonIdentifier, model.Identifier{Scheme: e.localID(), Value: id, Status: model.IdentifierValid}, "")
	return mark
}

// leadsTo tells whether a record links to the object of the source that has the id.
func leadsTo(r *draft.Record, id string) bool {
	for _, s := range r.Statements {
		if l, ok := s.Value.(model.Link); ok && l.Ref.Key.LocalID == id {
			return true
		}
	}
	return false
}

// flag is what a value says of protection: a text, a boolean or a number, and, where
// the standard has one of these and the source delivers an object or a list, all that
// is in it.
func (v value) flag(read func(string) normalise.Flag) normalise.Flag {
	if !v.is('{') && !v.is('[') {
		return read(v.text())
	}
	var out normalise.Flag
	for c := v.t.nodes[v.n].first; c != 0; c = v.t.nodes[c].next {
		out = out.Merge(value{v.t, c}.flag(read))
	}
	return out
}

// peek is a field of an object, as get has it, not taken.
func (v value) peek(name string) value {
	if v.is('{') {
		for c := v.t.nodes[v.n].first; c != 0; c = v.t.nodes[c].next {
			if n := &v.t.nodes[c]; string(v.t.raw[n.key:n.end]) == name {
				return value{v.t, c}
			}
		}
	}
	return value{v.t, -1}
}

// first tells whether no field before this one has its name.
func (t *tree) first(n int32) bool {
	for c := t.nodes[t.nodes[n].parent].first; c != n; c = t.nodes[c].next {
		if bytes.Equal(t.raw[t.nodes[c].key:t.nodes[c].end], t.raw[t.nodes[n].key:t.nodes[n].end]) {
			return false
		}
	}
	return true
}

// marking is how a field of this name flags a person, nil if it does not. Few names
// occur in a file, each very often.
func (t *tree) marking(name []byte) func(string) normalise.Flag {
	if read, ok := t.markings[string(name)]; ok {
		return read
	}
	plain := name
	if bytes.IndexByte(name, '\\') >= 0 {
		plain = unescape(name)
	}
	read := normalise.ProtectionField(string(plain))
	if t.markings == nil || len(t.markings) >= 1000 {
		t.markings = map[string]func(string) normalise.Flag{}
	}
	t.markings[string(name)] = read
	return read
}
