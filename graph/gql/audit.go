package gql

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// operationName is what the audit calls an operation: what is asked of the
// schema, and nothing that the caller has made up.
func operationName(operation *ast.OperationDefinition) string {
	var fields []string
	rootFields(operation.SelectionSet, &fields)
	return string(operation.Operation) + " " + strings.Join(fields, ", ")
}

func rootFields(sel ast.SelectionSet, to *[]string) {
	for _, s := range sel {
		switch s := s.(type) {
		case *ast.Field:
			if !slices.Contains(*to, s.Name) {
				*to = append(*to, s.Name)
			}
		case *ast.InlineFragment:
			rootFields(s.SelectionSet, to)
		case *ast.FragmentSpread:
			if s.Definition != nil {
				rootFields(s.Definition.SelectionSet, to)
			}
		}
	}
}

// told is an answer when all that it shows is in the audit, and else that it is
// not given.
func (x *Executor) told(ctx context.Context, reads *access.Reads, resp Response) Response {
	if err := reads.Done(ctx); err != nil {
		x.log.ErrorContext(ctx, "graph/gql: an answer was not given, for the audit could not be written", "error", err)
		return Response{Errors: []Error{{Message: "The registry could not answer.", Extensions: map[string]any{"code": CodeInternal}}}}
	}
	return resp
}

// AuditEntry is one entry of the audit.
type AuditEntry struct{ v audit.Read }

// Number is the entry's in the chain.
func (e *AuditEntry) Number() int64 { return e.v.Number }

// At is when it happened.
func (e *AuditEntry) At() time.Time { return e.v.At }

// Actor is who.
func (e *AuditEntry) Actor() string { return e.v.Actor }

// Role is in what role.
func (e *AuditEntry) Role() Optional { return Optional(e.v.Role) }

// Operation is what was asked or done.
func (e *AuditEntry) Operation() string { return e.v.Operation }

// Purpose is why.
func (e *AuditEntry) Purpose() Optional { return Optional(e.v.Purpose) }

// Audit is who looked at a golden record.
func (r *queryResolver) Audit(ctx context.Context, id model.EntityID, before *int, first *int) ([]AuditEntry, error) {
	until := int64(0)
	if before != nil {
		until = int64(max(*before, 1))
	}
	found, err := requestOf(ctx).view.Looked(ctx, id, until, size(first))
	if err != nil && !errors.Is(err, access.ErrNotFound) {
		return nil, err
	}
	out := make([]AuditEntry, len(found))
	for i, e := range found {
		out[i] = AuditEntry{e}
	}
	return out, nil
}
