package gql

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/karna-registry/karna/internal/access"
)

// requirement is what @requires says of a field.
type requirement struct {
	nobody bool // the field is for nobody
	role   access.Role
	scope  access.Scope // "" for none
}

// allows tells whether a caller may ask for the field.
func (r requirement) allows(rights access.Rights) bool {
	return !r.nobody && rights.Role >= r.role && (r.scope == "" || rights.Has(r.scope))
}

// everybody tells whether the field is for all callers.
func (r requirement) everybody() bool { return r == requirement{} }

func (r requirement) String() string {
	switch {
	case r.nobody:
		return "It is for nobody."
	case r.scope == "":
		return fmt.Sprintf("It needs the role %s.", r.role)
	}
	return fmt.Sprintf("It needs the role %s and the scope %s.", r.role, r.scope)
}

// requirementOf is what the schema says of a field: of one that says nothing,
// everybody below another field, and nobody at the root. What cannot be read is
// for nobody.
func requirementOf(f *ast.Field) requirement {
	switch {
	case strings.HasPrefix(f.Name, "__"):
		return requirement{}
	case f.Definition == nil || f.ObjectDefinition == nil:
		return requirement{nobody: true}
	}
	d := f.Definition.Directives.ForName("requires")
	if d == nil {
		return requirement{nobody: isRoot(f.ObjectDefinition.Name)}
	}
	var r requirement
	var err error
	if r.role, err = access.ParseRole(argument(d, "role")); err != nil {
		return requirement{nobody: true}
	}
	if scope := argument(d, "scope"); scope != "" {
		if r.scope, err = access.ParseScope(scope); err != nil {
			return requirement{nobody: true}
		}
	}
	return r
}

func argument(d *ast.Directive, name string) string {
	if a := d.Arguments.ForName(name); a != nil && a.Value != nil {
		return a.Value.Raw
	}
	return ""
}

func isRoot(object string) bool {
	return object == "Query" || object == "Mutation" || object == "Subscription"
}

// demand is a field that is not for everybody, and where it is asked for.
type demand struct {
	requirement
	path  ast.Path
	field *ast.Field
}

// denied is the refusal of the first field that is not for the caller.
func denied(demands []demand, rights access.Rights) *gqlerror.Error {
	for _, d := range demands {
		if !d.allows(rights) {
			refusal := &gqlerror.Error{
				Message: fmt.Sprintf("You may not ask for %s. %s", d.field.Name, d.requirement), Path: d.path, Extensions: map[string]any{"code": CodeForbidden},
			}
			if at := d.field.Position; at != nil {
				refusal.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
			}
			return refusal
		}
	}
	return nil
}
