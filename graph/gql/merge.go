package gql

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// What telling whether fields can be merged may take: selections that are gone
// through, and pairs of fields that would be answered under one name. The first
// is a few milliseconds; a query that comes to the second says nothing by it.
const (
	maxMergeSteps = 20_000
	maxMergePairs = 100_000
)

var errTooManyMerged = &Refusal{CodeLimit, "The query asks for the same names too many times. Ask for each once."}

// mergeRule is "Field Selection Merging" of the specification (5.3.2): fields that
// are answered under one name must be one field with the same arguments, or of
// types that exclude each other, and their values have the same shape. The
// validator's own rule compares each two fields, anew for each fragment around
// them, which takes a query of 5,000 tokens 20 seconds. This one goes through what
// is merged as a set, once for each set there is, and compares all its fields of
// one name with one of them (S. Adameit, "Overlapping fields can be merged fast").
func mergeRule(observers *core.Events, addError core.AddErrFunc) {
	var m *merging
	check := func(w *core.Walker, set ast.SelectionSet) {
		if m == nil {
			m = newMerging(w.Schema)
		}
		if m.enough() || len(set) == 0 {
			return
		}
		before := len(m.conflicts)
		m.merged([]ast.SelectionSet{set}, false, nil)
		for _, c := range m.conflicts[before:] {
			addError(core.Message("%s", c.text), core.At(c.at))
		}
		if m.exceeded() {
			addError(core.Message("%s", errTooManyMerged.Text), func(e *gqlerror.Error) { e.Err = errTooManyMerged })
		}
	}
	observers.OnOperation(func(w *core.Walker, op *ast.OperationDefinition) { check(w, op.SelectionSet) })
	observers.OnFragment(func(w *core.Walker, f *ast.FragmentDefinition) { check(w, f.SelectionSet) })
}

// merging goes through the sets of selections that are answered as one. Nothing is
// gone through twice: two operations, or two fields, that spread the same
// fragments come to the same set.
type merging struct {
	schema *ast.Schema
	// numbers are those of selection sets, by where their first selection is.
	numbers map[*ast.Selection]uint64
	// gone are the sets of selection sets that were gone through.
	gone      map[string]bool
	key       []byte
	conflicts []conflicting
	steps     int
	pairs     int
}

type conflicting struct {
	text string
	at   *ast.Position
}

func newMerging(schema *ast.Schema) *merging {
	return &merging{schema: schema, numbers: map[*ast.Selection]uint64{}, gone: map[string]bool{}}
}

func (m *merging) exceeded() bool { return m.steps > maxMergeSteps || m.pairs > maxMergePairs }

// enough says that no more is to be found out.
func (m *merging) enough() bool { return m.exceeded() || len(m.conflicts) >= maxErrors }

// merged goes through selections that are answered as one, or, where shape is set,
// whose answers are of types that exclude each other and need only have the same
// shape. The names are those of the fields above that are several.
func (m *merging) merged(sets []ast.SelectionSet, shape bool, names []string) {
	if sets = m.unknown(sets, shape); len(sets) == 0 {
		return
	}
	level := mergedLevel{fields: map[string][]*ast.Field{}}
	for _, set := range sets {
		m.collect(set, &level)
	}
	for _, name := range level.names {
		fields := level.fields[name]
		m.pairs += len(fields) * (len(fields) - 1) / 2
		if m.enough() {
			return
		}
		below := names[:0:0]
		if len(fields) > 1 {
			below = append(names[:len(names):len(names)], name)
		}
		var groups [][]*ast.Field
		if !shape {
			groups = m.groups(fields)
		}
		if m.conflict(fields, groups, below) {
			continue
		}
		if shape {
			m.below(fields, true, below)
			continue
		}
		for _, group := range groups {
			m.below(group, false, below)
		}
		if len(groups) > 1 {
			m.below(fields, true, below)
		}
	}
}

// below goes through what is selected below fields.
func (m *merging) below(fields []*ast.Field, shape bool, names []string) {
	sets := make([]ast.SelectionSet, 0, len(fields))
	for _, f := range fields {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	m.merged(sets, shape, names)
}

// unknown are the sets, each once; nothing when they were gone through together.
func (m *merging) unknown(sets []ast.SelectionSet, shape bool) []ast.SelectionSet {
	type numbered struct {
		n   uint64
		set ast.SelectionSet
	}
	all := make([]numbered, len(sets))
	for i, set := range sets {
		n, ok := m.numbers[&set[0]]
		if !ok {
			n = uint64(len(m.numbers)) + 1
			m.numbers[&set[0]] = n
		}
		all[i] = numbered{n, set}
	}
	slices.SortFunc(all, func(a, b numbered) int { return int(a.n) - int(b.n) })
	all = slices.CompactFunc(all, func(a, b numbered) bool { return a.n == b.n })
	m.key = m.key[:0]
	if shape {
		m.key = append(m.key, 0)
	}
	out := sets[:0]
	for _, one := range all {
		m.key = binary.AppendUvarint(m.key, one.n)
		out = append(out, one.set)
	}
	if m.gone[string(m.key)] {
		return nil
	}
	m.gone[string(m.key)] = true
	return out
}

// mergedLevel are the fields of selections that are answered as one, by the names
// that they are answered under.
type mergedLevel struct {
	names     []string
	fields    map[string][]*ast.Field
	fragments map[*ast.FragmentDefinition]bool
}

func (m *merging) collect(set ast.SelectionSet, l *mergedLevel) {
	for _, s := range set {
		if m.steps++; m.exceeded() {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			if s.Definition == nil || s.ObjectDefinition == nil {
				continue // there is no such field, which another rule says
			}
			if l.fields[s.Alias] == nil {
				l.names = append(l.names, s.Alias)
			}
			l.fields[s.Alias] = append(l.fields[s.Alias], s)
		case *ast.InlineFragment:
			m.collect(s.SelectionSet, l)
		case *ast.FragmentSpread:
			if s.Definition == nil || l.fragments[s.Definition] {
				continue
			}
			if l.fragments == nil {
				l.fragments = map[*ast.FragmentDefinition]bool{}
			}
			l.fragments[s.Definition] = true
			m.collect(s.Definition.SelectionSet, l)
		}
	}
}

// groups are the fields that may be answered for one object: those of each type,
// with those of interfaces and unions, which any type may be of.
func (m *merging) groups(fields []*ast.Field) [][]*ast.Field {
	var types []*ast.Definition
	for _, f := range fields {
		if f.ObjectDefinition.Kind == ast.Object && !slices.Contains(types, f.ObjectDefinition) {
			types = append(types, f.ObjectDefinition)
		}
	}
	if len(types) < 2 {
		return [][]*ast.Field{fields}
	}
	m.steps += len(types) * len(fields)
	out := make([][]*ast.Field, len(types))
	for i, t := range types {
		for _, f := range fields {
			if f.ObjectDefinition == t || f.ObjectDefinition.Kind != ast.Object {
				out[i] = append(out[i], f)
			}
		}
	}
	return out
}

// same says why fields that may be answered for one object are not one field, and
// of which; nowhere when they are.
func same(fields []*ast.Field) (string, *ast.Position) {
	first := fields[0]
	for _, f := range fields[1:] {
		if f.Name != first.Name {
			return fmt.Sprintf(`"%s" and "%s" are different fields`, first.Name, f.Name), f.Position
		}
		if !sameArguments(first.Arguments, f.Arguments) {
			return "they have differing arguments", f.Position
		}
	}
	return "", nil
}

func sameArguments(a, b ast.ArgumentList) bool {
	if len(a) != len(b) {
		return false
	}
	for _, one := range a {
		other := b.ForName(one.Name)
		if other == nil || one.Value.String() != other.Value.String() {
			return false
		}
	}
	return true
}

// shapes says why the values of fields have not all the same shape, and of which.
func (m *merging) shapes(fields []*ast.Field) (string, *ast.Position) {
	var leaf *ast.Field
	for _, f := range fields {
		other := fields[0]
		if sameWrapping(f.Definition.Type, other.Definition.Type) {
			if t := m.schema.Types[f.Definition.Type.Name()]; t == nil || !t.IsLeafType() {
				continue
			}
			if leaf == nil {
				leaf = f
			}
			if other = leaf; f.Definition.Type.Name() == leaf.Definition.Type.Name() {
				continue
			}
		}
		return fmt.Sprintf(`they return conflicting types "%s" and "%s"`, other.Definition.Type, f.Definition.Type), f.Position
	}
	return "", nil
}

// sameWrapping tells whether two types are lists, and may be null, alike.
func sameWrapping(a, b *ast.Type) bool {
	for ; a != nil && b != nil; a, b = a.Elem, b.Elem {
		if a.NonNull != b.NonNull {
			return false
		}
	}
	return a == nil && b == nil
}

// conflict tells whether fields of one name cannot be merged, and notes why, in the
// validator's words.
func (m *merging) conflict(fields []*ast.Field, groups [][]*ast.Field, names []string) bool {
	var why string
	var at *ast.Position
	for _, group := range groups {
		if why, at = same(group); at != nil {
			break
		}
	}
	if at == nil {
		if why, at = m.shapes(fields); at == nil {
			return false
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, `Fields "%s" conflict because `, names[0])
	for _, name := range names[1:] {
		fmt.Fprintf(&text, `subfields "%s" conflict because `, name)
	}
	text.WriteString(why + ". Use different aliases on the fields to fetch both if this was intentional.")
	m.conflicts = append(m.conflicts, conflicting{text.String(), at})
	return true
}
