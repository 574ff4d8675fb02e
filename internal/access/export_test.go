package access

import "github.com/karna-registry/karna/model"

// IDCursor is a cursor that a caller may have made up of a known id.
func IDCursor(id model.EntityID) string { return idCursor(id) }

// Narrow makes a filter go through the list sooner than it does by itself.
func Narrow(a *Access, placed, linked, inside int) { a.bounds = bounds{placed, linked, inside} }
