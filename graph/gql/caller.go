package gql

import (
	"context"
	"errors"
	"net/http"

	"github.com/karna-registry/karna/internal/access"
)

// Caller is who sends a request.
type Caller struct {
	View *access.View
	// Check says whether the login still holds, for answers that go on; nil is for
	// callers without one.
	Check func(context.Context) error
}

// Callers says who sends a request. A Refusal is what the sender is told; any
// other error is a failure of ours.
type Callers func(*http.Request) (Caller, error)

// statuses are the HTTP statuses of refusing a caller.
var statuses = map[string]int{
	CodeUnauthenticated: http.StatusUnauthorized, CodeForbidden: http.StatusForbidden, CodeBadInput: http.StatusBadRequest, CodeTimeout: http.StatusServiceUnavailable,
}

// challenge is how a caller may be known (RFC 6750, 3).
var challenge = []string{`Bearer realm="karna"`}

// of finds who sends a request, or answers that nobody is let in.
func (x *Executor) of(callers Callers, w http.ResponseWriter, r *http.Request) (Caller, bool) {
	caller, err := callers(r)
	if err == nil {
		return caller, true
	}
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		id := opaqueID()
		x.log.ErrorContext(r.Context(), "graphql: it could not be found who asks", "id", id, "error", err)
		refuse(w, r, http.StatusInternalServerError, CodeInternal, "The registry failed to find out who asks. Give the id "+id+" to those who run it.")
		return Caller{}, false
	}
	status, ok := statuses[refusal.Code]
	if !ok {
		status = http.StatusForbidden
	}
	if status == http.StatusUnauthorized {
		w.Header()["Www-Authenticate"] = challenge
	}
	refuse(w, r, status, refusal.Code, refusal.Text)
	return Caller{}, false
}
