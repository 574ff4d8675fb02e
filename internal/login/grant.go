package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
)

// Grant is what a credential gives.
type Grant struct {
	Role   access.Role
	Scopes []access.Scope
	// Authorities are those whose restricted values may be read; All is the whole
	// tenant. With neither, restricted values are of nobody.
	Authorities []string
	All         bool
	// Purpose is why, unless a request states another; whoever has a scope has one.
	// protected:read wants it stated with each request.
	Purpose string
	// under is the hash of the rules that a session's rights come from.
	under string
}

// check refuses a grant that gives what nobody has thought of.
func (g *Grant) check() error {
	restricted := slices.Contains(g.Scopes, access.RestrictedRead) || slices.Contains(g.Scopes, access.ProtectedRead)
	switch {
	case g.Role == access.Public && len(g.Scopes) > 0:
		return errors.New("scopes mean nothing to the public: give another role")
	case restricted && len(g.Authorities) == 0 && !g.All:
		return errors.New("restricted:read and protected:read are for named authorities, or expressly for all")
	case g.All && len(g.Authorities) > 0:
		return errors.New("give authorities, or all of them, not both")
	case len(g.Scopes) > 0 && strings.TrimSpace(g.Purpose) == "":
		return errors.New("the purpose is missing: what is restricted is read, and people are looked up, for a purpose, which is in the audit")
	case len(g.Purpose) > maxPurpose || !printable(g.Purpose):
		return fmt.Errorf("a purpose is one line of at most %d bytes", maxPurpose)
	case audit.HoldsNumber(g.Purpose):
		return errors.New("a purpose is stored in plain: it names no personal number")
	}
	return nil
}

// rights are what the grant comes to at present.
func (l *Logins) rights(actor string, g *Grant) access.Rights {
	r := access.Rights{Role: g.Role, Scopes: g.Scopes, Actor: actor, Standing: g.Purpose}
	if !g.All {
		// Not nil: nil is the whole tenant.
		r.Authorities = append([]string{}, l.shared(g.Authorities)...)
	}
	return r
}

// grantBody is a grant as it is stored.
type grantBody struct {
	Role        string         `json:"role"`
	Scopes      []access.Scope `json:"scopes,omitempty"`
	Authorities []string       `json:"authorities,omitempty"`
	All         bool           `json:"all,omitempty"`
	Purpose     string         `json:"purpose,omitempty"`
	Under       string         `json:"under,omitempty"`
}

func (g *Grant) encode() ([]byte, error) {
	text, err := json.Marshal(grantBody{g.Role.String(), g.Scopes, g.Authorities, g.All, g.Purpose, g.under})
	if err != nil {
		return nil, fmt.Errorf("encode a grant: %w", err)
	}
	return text, nil
}

func decodeGrant(text []byte) (Grant, error) {
	var b grantBody
	if err := json.Unmarshal(text, &b); err != nil {
		return Grant{}, fmt.Errorf("decode a grant: %w", err)
	}
	role, err := access.ParseRole(b.Role)
	if err != nil {
		return Grant{}, fmt.Errorf("decode a grant: %w", err)
	}
	for _, s := range b.Scopes {
		if _, err := access.ParseScope(string(s)); err != nil {
			return Grant{}, fmt.Errorf("decode a grant: %w", err)
		}
	}
	return Grant{role, b.Scopes, b.Authorities, b.All, b.Purpose, b.Under}, nil
}

// maxPurpose bounds a stated purpose, in bytes.
const maxPurpose = 500

// printable tells whether a text is one line that any log and table can show.
func printable(s string) bool {
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029' || c == '\ufffd' {
			return false
		}
	}
	return true
}
