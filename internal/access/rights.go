package access

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/karna-registry/karna/model"
)

// Role is what sort of caller it is.
type Role uint8

// The roles. Each may do what the one before may.
const (
	Public Role = iota
	Reader
	Steward
	Admin
)

// String is the role as flags and tokens spell it.
func (r Role) String() string {
	return [...]string{"public", "reader", "steward", "admin"}[r&3]
}

// ParseRole reads a role's name.
func ParseRole(s string) (Role, error) {
	for r := Public; r <= Admin; r++ {
		if r.String() == s {
			return r, nil
		}
	}
	return Public, fmt.Errorf("role %q: want public, reader, steward or admin", s)
}

// Scope is a right beside the role.
type Scope string

// The scopes.
const (
	RestrictedRead   Scope = "restricted:read"
	ProtectedRead    Scope = "protected:read"
	IdentifierLookup Scope = "identifier:lookup"
	AuditRead        Scope = "audit:read"
)

// ParseScope reads a scope's name.
func ParseScope(s string) (Scope, error) {
	switch Scope(s) {
	case RestrictedRead, ProtectedRead, IdentifierLookup, AuditRead:
		return Scope(s), nil
	}
	return "", fmt.Errorf("scope %q: want restricted:read, protected:read, identifier:lookup or audit:read", s)
}

// Rights are what a caller may do. The zero value is the public.
type Rights struct {
	Role   Role
	Scopes []Scope
	// Authorities narrows restricted values to those that some supporting
	// source of one of these authorities states; nil means the whole tenant.
	Authorities []string
	Actor       string // who, for decisions and the audit
	Purpose     string // why, as this request states it; mandatory for protected:read
	// Standing is why the rights were given, for a request that states nothing.
	Standing string
}

// Why is what the audit is told of the purpose. Without it nothing restricted is
// shown, and nothing is looked up by a sealed identifier.
func (r Rights) Why() string { return cmp.Or(r.Purpose, r.Standing) }

// Has tells whether the caller has a scope. Scopes mean nothing to the public.
func (r Rights) Has(s Scope) bool {
	if r.Role == Public {
		return false
	}
	for _, have := range r.Scopes {
		if have == s {
			return true
		}
	}
	return false
}

// Clearance is the narrowest class of record or value that the caller sees.
// Restricted needs the scope and a purpose; protected needs its own scope beside
// that one, and that the purpose is stated for it.
func (r Rights) Clearance() model.Disclosure {
	switch {
	case r.Role == Public:
		return model.Open
	case r.Has(RestrictedRead) && r.Has(ProtectedRead) && r.Purpose != "":
		return model.Protected
	case r.Has(RestrictedRead) && r.Why() != "":
		return model.Restricted
	}
	return model.Internal
}

// Errors that a View returns. Not found and not allowed are the same answer for
// things; ErrForbidden is only for operations, which everyone knows exist.
var (
	ErrNotFound  = errors.New("not found")
	ErrForbidden = errors.New("the caller may not do this")
	// ErrPresentOnly: the index that answers this is of the present only.
	ErrPresentOnly = errors.New("this can be asked of the present only: leave out the revision")
	// ErrBadRequest: an argument is not one that anybody could give.
	ErrBadRequest = errors.New("bad request")
	// ErrTooMuch: an argument has more words, entries or bytes than one may have.
	ErrTooMuch = errors.New("too much is asked for")
	// ErrCursor: the cursor is none, or what it points at is no longer there for the
	// caller.
	ErrCursor = errors.New("the cursor is not valid (any more): start again without it")
	// ErrOtherList: the cursor is of another list than the one that is asked for.
	ErrOtherList = errors.New("the cursor is of another list, or of this one with another filter, text or order: ask as you did when you got it, or start again without it")
	// ErrNoSuchPlace: the change feed has no such place. Nothing is lost unnoticed by
	// who is told so.
	ErrNoSuchPlace = errors.New("the change feed has no such place: it has not come so far, as after the registry was restored from a backup, or it has gone another way since. " +
		"Begin again after a revision that it has (status gives the latest), and read anew what you hold")
)
