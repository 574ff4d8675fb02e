package login

import (
	"slices"
	"strings"

	"github.com/karna-registry/karna/internal/access"
)

// claims are what a provider says of somebody.
type claims map[string]any

// at is the claim of a name, or of a path with dots into nested ones.
func (c claims) at(name string) (any, bool) {
	if v, ok := c[name]; ok {
		return v, true
	}
	head, rest, nested := strings.Cut(name, ".")
	if !nested {
		return nil, false
	}
	below, ok := c[head].(map[string]any)
	if !ok {
		return nil, false
	}
	return claims(below).at(rest)
}

// text is a claim that is a text.
func (c claims) text(name string) (string, bool) {
	v, _ := c.at(name)
	s, ok := v.(string)
	return s, ok
}

// has tells whether a claim is the value, or is a list with it.
func (c claims) has(name, value string) bool {
	v, _ := c.at(name)
	switch v := v.(type) {
	case string:
		return v == value
	case []any:
		return slices.Contains(v, any(value))
	}
	return false
}

// Rule gives rights to those of whom a claim says a value.
type Rule struct {
	Claim string
	Value string
	Grant Grant
}

// grant is what the rules give: the first that fits says role and scopes, and
// others of the same role and scopes add their authorities and purposes. So what is given for
// one authority is never given for another by a rule that gives less.
func (o *OIDC) grant(c claims) (Grant, bool) {
	var out Grant
	found := false
	var purposes []string
	for _, r := range o.Rules {
		switch {
		case !c.has(r.Claim, r.Value):
		case !found:
			out, found = r.Grant, true
			out.Authorities = slices.Clone(out.Authorities)
			purposes = append(purposes, r.Grant.Purpose)
		case r.Grant.Role == out.Role && sameScopes(r.Grant.Scopes, out.Scopes):
			out.All = out.All || r.Grant.All
			out.Authorities = append(out.Authorities, r.Grant.Authorities...)
			if !slices.Contains(purposes, r.Grant.Purpose) && r.Grant.Purpose != "" {
				purposes = append(purposes, r.Grant.Purpose)
			}
		}
	}
	if out.All {
		out.Authorities = nil
	}
	out.Purpose = strings.Join(purposes, "; ")
	return out, found
}

func sameScopes(a, b []access.Scope) bool {
	for _, s := range a {
		if !slices.Contains(b, s) {
			return false
		}
	}
	return len(a) == len(b)
}
