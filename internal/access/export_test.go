package access

import "github.com/karna-registry/karna/model"

// IDCursor is a cursor of a kind's list that a caller may have made up of a known id.
func IDCursor(v *View, kind model.Kind, id model.EntityID) string {
	return v.scope(v.listing(&sieve{v: v, kind: kind}).question()).id(id)
}

// Narrow makes a filter go through the list sooner than it does by itself.
func Narrow(a *Access, placed, linked, inside int) { a.bounds = bounds{placed, linked, inside} }
