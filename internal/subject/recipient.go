package subject

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/internal/audit"
)

// Recipient is somebody to whom something was shown, by the audit.
type Recipient struct {
	Actor      string    `json:"actor"`
	Role       string    `json:"role"`
	Times      int       `json:"times"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Operations []string  `json:"operations"` // what was asked or done, each once
}

// Recipients gathers the reads among entries by who it was, in the order of names.
// What the registry itself did is an entry without a role, and no read.
func Recipients(entries []audit.Read) []Recipient {
	out := []Recipient{}
	for _, e := range entries {
		if e.Role == "" {
			continue
		}
		i := slices.IndexFunc(out, func(r Recipient) bool { return r.Actor == e.Actor && r.Role == e.Role })
		if i < 0 {
			i = len(out)
			out = append(out, Recipient{Actor: e.Actor, Role: e.Role, First: e.At, Last: e.At})
		}
		r := &out[i]
		r.Times++
		if e.At.Before(r.First) {
			r.First = e.At
		}
		if e.At.After(r.Last) {
			r.Last = e.At
		}
		if !slices.Contains(r.Operations, e.Operation) {
			r.Operations = append(r.Operations, e.Operation)
		}
	}
	slices.SortFunc(out, func(a, b Recipient) int {
		return cmp.Or(strings.Compare(a.Actor, b.Actor), strings.Compare(a.Role, b.Role))
	})
	return out
}
