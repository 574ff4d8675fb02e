package gql

import (
	"net"
	"net/http"
	"regexp"
	"sync"

	"github.com/karna-registry/karna/internal/access"
)

// callers counts what each caller has under way.
type callers struct {
	mu  sync.Mutex
	now map[string]int
}

// enter counts one more for a caller, unless there are as many as are allowed
// (any number for a negative one); leave counts it off again.
func (c *callers) enter(caller string, most int) (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if most >= 0 && c.now[caller] >= most {
		return nil, false
	}
	if c.now == nil {
		c.now = map[string]int{}
	}
	c.now[caller]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.now[caller]--; c.now[caller] == 0 {
			delete(c.now, caller)
		}
	}, true
}

// callerOf is who asks: by name, or without a login by the address that the
// request came from.
func callerOf(v *access.View, r *http.Request) string {
	if actor := v.Rights().Actor; actor != "" {
		return "actor " + actor
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return "address " + host
}

var suggestion = regexp.MustCompile(`\s*Did you mean .*$`)

// unsuggested takes out of errors what a name that does not exist was perhaps
// meant to be, for a caller who may not ask for the schema either.
func (l Limits) unsuggested(v *access.View, errs []Error) []Error {
	if v.Rights().Role >= l.Introspection {
		return errs
	}
	for _, e := range errs {
		e.Message = suggestion.ReplaceAllString(e.Message, "")
	}
	return errs
}
