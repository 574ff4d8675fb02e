package gql

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/registry"
)

// The codes. What is not found is null, and no error.
const (
	CodeForbidden = "FORBIDDEN" // the caller may not do this
	// CodeUnauthenticated: what the caller is to be known by lets nobody in.
	CodeUnauthenticated = "UNAUTHENTICATED"
	CodeBadInput        = "BAD_INPUT" // the query, an argument or a cursor is wrong; the text says how
	CodeConflict        = "CONFLICT"  // the state of the registry forbids it; the text says why
	CodeLimit           = "LIMIT"     // the query asks for more than is allowed, or there are too many of them
	CodeSlow            = "SLOW"      // a subscriber takes entries more slowly than they come; go on after the last cursor
	CodeTimeout         = "TIMEOUT"   // it took too long
	CodeInternal        = "INTERNAL"  // a failure of ours; the id is in the log
	// CodeNotPersisted: the server has no such persisted document, or answers no
	// others. The name is the one that clients know.
	CodeNotPersisted = "PERSISTED_QUERY_NOT_FOUND"
)

// Refusal is an error whose text is for the caller: it has a code, says what is
// wrong and what to do, and holds no personal data.
type Refusal struct {
	Code string
	Text string
}

// Error is the text.
func (r *Refusal) Error() string { return r.Text }

func badInput(text string) error { return &Refusal{CodeBadInput, text} }

// conflict is the error of what the state of the registry forbids.
func conflict(text string) error { return &Refusal{CodeConflict, text} }

// classify is the one place that says which code and text an error has for the
// caller. ok is false for a failure of ours, whose text nobody is shown.
func classify(err error) (code, text string, ok bool) {
	var refusal *Refusal
	var exceeded *walk.LimitError
	switch {
	case errors.As(err, &refusal):
		return refusal.Code, refusal.Text, true
	case errors.As(err, &exceeded):
		return CodeLimit, "The walk would take " + exceeded.Error() + ". Narrow it: name the links or the depth, or begin nearer.", true
	case errors.Is(err, access.ErrIdentities):
		return CodeForbidden, access.ErrIdentities.Error(), true
	case errors.Is(err, access.ErrForbidden):
		return CodeForbidden, "You may not do this. It needs another role or scope.", true
	case errors.Is(err, access.ErrCursor):
		return CodeBadInput, access.ErrCursor.Error(), true
	case errors.Is(err, access.ErrOtherList):
		return CodeBadInput, access.ErrOtherList.Error(), true
	case errors.Is(err, access.ErrNoSuchPlace):
		return CodeBadInput, access.ErrNoSuchPlace.Error(), true
	case errors.Is(err, access.ErrPresentOnly):
		return CodeBadInput, access.ErrPresentOnly.Error(), true
	case errors.Is(err, access.ErrBadRequest):
		return CodeBadInput, bare(err, access.ErrBadRequest), true
	case errors.Is(err, access.ErrTooMuch):
		return CodeLimit, bare(err, access.ErrTooMuch), true
	case errors.Is(err, registry.ErrBadDecision):
		return CodeBadInput, bare(err, registry.ErrBadDecision), true
	case errors.Is(err, registry.ErrOnHold):
		return CodeConflict, "The archive law forbids it: " + bare(err, registry.ErrOnHold), true
	case errors.Is(err, registry.ErrUnknownSource):
		return CodeBadInput, registry.ErrUnknownSource.Error(), true
	case errors.Is(err, registry.ErrUnknownRecord):
		return CodeBadInput, registry.ErrUnknownRecord.Error(), true
	case errors.Is(err, registry.ErrOtherForm):
		return CodeConflict, registry.ErrOtherForm.Error(), true
	case errors.Is(err, graph.ErrFutureRevision):
		return CodeBadInput, graph.ErrFutureRevision.Error(), true
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout, "The query took too long. Ask for less at a time.", true
	case errors.Is(err, context.Canceled):
		return CodeTimeout, "The query was called off.", true
	}
	return "", "", false
}

// presenter makes the caller's error of any error and logs what is ours.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		var already *gqlerror.Error
		isGraphQL := errors.As(err, &already)
		out := &gqlerror.Error{}
		if isGraphQL {
			out.Path, out.Locations = already.Path, already.Locations
		} else {
			out.Path = graphql.GetPath(ctx)
		}
		out.Extensions = map[string]any{}
		out.Path = atField(ctx, out.Path, out.Extensions)
		if code, text, ok := classify(err); ok {
			out.Message, out.Extensions["code"] = text, code
			return out
		}
		if isGraphQL && errors.Unwrap(already) == nil {
			// The parser's, the validator's and the limits' own words, or what has been
			// here before.
			out.Message = already.Message
			maps.Copy(out.Extensions, already.Extensions)
			out.Extensions["code"] = codeOf(already)
			return out
		}
		id := opaqueID()
		log.ErrorContext(ctx, "graphql: a query failed", "id", id, "path", out.Path.String(), "error", audit.WithoutNumbers(err.Error()))
		out.Message = fmt.Sprintf("The registry failed to answer. Give the id %s to those who run it.", id)
		out.Extensions["code"], out.Extensions["id"] = CodeInternal, id
		return out
	}
}

// argumentExtension is where an error says which argument of the field at its path is
// wrong, and where in it.
const argumentExtension = "argument"

// atField is as much of an error's path as is in the answer. gqlgen goes on into the
// argument that is wrong; that is noted in extensions.
func atField(ctx context.Context, path ast.Path, extensions map[string]any) ast.Path {
	field := graphql.GetFieldContext(ctx)
	if field == nil {
		return path
	}
	place := field.Path()
	if len(path) <= len(place) || !slices.Equal(path[:len(place)], place) {
		return path
	}
	extensions[argumentExtension] = path[len(place):].String()
	return place
}

// bare is an error's own text, without where it arose, in the query or below, and
// what sort of error it is.
func bare(err, sort error) string {
	var at *gqlerror.Error
	if errors.As(err, &at) && errors.Unwrap(at) != nil {
		err = errors.Unwrap(at)
	}
	text := err.Error()
	if _, own, ok := strings.Cut(text, sort.Error()+": "); ok {
		return own
	}
	return text
}

// codeOf is the code of gqlgen's own errors.
func codeOf(err *gqlerror.Error) string {
	switch code, _ := err.Extensions["code"].(string); code {
	case errcode.ParseFailed, errcode.ValidationFailed, "":
		return CodeBadInput
	default:
		return code
	}
}

// recovered makes an error of a panic. Its value may hold anything, so it goes
// to the log only.
func recovered(_ context.Context, p any) error { return fmt.Errorf("panic: %v", p) }

func opaqueID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// How much is said of a request that cannot be executed: whoever sends a
// thousand mistakes is not told of each, nor sent back what he wrote.
const (
	maxErrors  = 10
	maxMessage = 400 // bytes
)

// few are the first errors of a request that is not executed, shortened. One that
// is too large is told that alone.
func few(errs gqlerror.List) gqlerror.List {
	tooLarge := func(e *gqlerror.Error) bool {
		return e.Extensions["code"] == CodeLimit || errors.Is(e, errTooManyMerged)
	}
	if i := slices.IndexFunc(errs, tooLarge); i > 0 {
		errs = errs[i : i+1]
	}
	errs = errs[:min(len(errs), maxErrors)]
	for _, e := range errs {
		if len(e.Message) > maxMessage {
			e.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
		}
		e.Locations = e.Locations[:min(len(e.Locations), maxErrors)]
	}
	return errs
}
