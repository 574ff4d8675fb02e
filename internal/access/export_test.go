package access

import "github.com/karna-registry/karna/model"

// IDCursor is a cursor that a caller may have made up of a known id.
func IDCursor(id model.EntityID) string { return idCursor(id) }
