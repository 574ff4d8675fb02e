package gql

// WithoutPlans leaves every query to the executor.
func WithoutPlans(x *Executor) { x.queries.limits.Depth = -1 }

// AnsweredByPlan counts the answers that were given by a plan.
func AnsweredByPlan(x *Executor) int64 { return x.planned.Load() }

// ParseRequest reads a request as the handler does, and as encoding/json alone does.
func ParseRequest(text []byte) (scanned Request, ok bool, decoded Request, err error) {
	s := scanner{text: text}
	scanned, ok = s.request(newQueryCache(Limits{}.withDefaults()))
	decoded, err = decodeRequest(text)
	return scanned, ok, decoded, err
}
