package gql

import (
	"fmt"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
)

// What a field costs by its arguments, in fields.
const (
	searchCost = 2000 // words, codes or a filter: each is looked up in the index
	entryCost  = 10   // an entry of a list
	// suggestCost is for other spellings: tens of thousands of words are gone through.
	suggestCost = 10_000
)

// arguments measures what a field is asked by: what it costs, and whether a list
// in it has too many entries. It notes the names of hierarchies.
func (m *measure) arguments(f *ast.Field) int {
	cost := 0
	for _, a := range f.Arguments {
		entries := 0
		switch v, err := a.Value.Value(m.variables); {
		case m.unknown > 0 && hasVariable(a.Value):
			if d := f.Definition.Arguments.ForName(a.Name); scalarOf(d.Type) == otherScalar || scalarOf(d.Type) == inputScalar {
				entries = 2 * access.MaxEntries // codes, and a filter with values, at most
			}
		case err == nil:
			entries = m.entries(reflect.ValueOf(v), a.Name)
		}
		cost = min(cost+entryCost*entries, m.enough)
		if a.Name == "hierarchy" {
			m.hierarchies = append(m.hierarchies, a.Value)
		}
	}
	return cost
}

// entries counts the entries of the lists in a value.
func (m *measure) entries(v reflect.Value, name string) int {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	n := 0
	switch v.Kind() {
	case reflect.Slice:
		if n = v.Len(); n > m.mostEntries() && m.tooLong == "" {
			m.tooLong = fmt.Sprintf("The argument %s has %d entries; %d are allowed. Ask in several requests.", name, n, m.mostEntries())
		}
		if n > m.mostEntries() {
			return n
		}
		for i := range v.Len() {
			n += m.entries(v.Index(i), name)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			n += m.entries(v.MapIndex(k), name+"."+k.String())
		}
	}
	return n
}

// mostEntries is how many entries a list may have: of a change as many as a page.
func (m *measure) mostEntries() int {
	if m.changes {
		return MaxPage
	}
	return access.MaxEntries
}

// hierarchy is the name that an argument says; ok is false for none.
func (m *measure) hierarchy(v *ast.Value) (name string, ok bool) {
	said, err := v.Value(m.variables)
	if err != nil {
		return "", false
	}
	name, ok = said.(string)
	return name, ok
}
