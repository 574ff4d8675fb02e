package resolve

import "github.com/karna-registry/karna/model"

// Hasher makes an opaque 64-bit key of parts. The registry gives a keyed hash,
// so that a stored key says nothing of the value it was made from.
type Hasher func(parts ...string) uint64

// Subject is one live record as resolution sees it: identifiers unsealed.
type Subject struct {
	ID     model.EntityID // the record's own id
	Record *model.Record
}

// Weight is evidence in bits: log2 of how much likelier the comparison is for
// one thing than for two.
type Weight float64

// Constraint is what a pair proves beyond evidence.
type Constraint uint8

// The constraints. A pair may have both: that is a conflict, and the records
// stay apart.
const (
	MustLink   Constraint = 1
	CannotLink Constraint = 2
)

// Reason is why, for a steward: a stable code and the schemes or properties
// that it rests on, never a value.
type Reason struct {
	Code       string // "unique-identifier", "different-identifier", "decision-same", "decision-different", "incompatible-names", "duplicate-free-source", "replaced", "evidence-against"
	Scheme     model.Scheme
	Property   model.PropertyID
	Constraint Constraint // 0 for a reason that only weighs
}

// Edge is what is known of a pair: indexes into the component's subjects, A < B.
// Must and Cannot may both be set. Weight is used only where neither is.
type Edge struct {
	A, B    int
	Weight  Weight
	Must    bool
	Cannot  bool
	Reasons []Reason
}

// Judgement is a steward's latest word on a pair of records.
type Judgement struct {
	A, B model.EntityID
	Same bool // false: different
}

// Conflict is a must-link (or a steward's "same") that a constraint forbids.
type Conflict struct {
	Code    string           // the reason's code that forbids
	Records []model.EntityID // sorted
}

// Partition is the answer for a component: Clusters hold indexes into the
// subjects, each sorted by record id, the clusters by their smallest id.
// Conflicts and Reviews do not depend on the order of anything given.
type Partition struct {
	Clusters  [][]int
	Conflicts []Conflict
	Reviews   []Edge // weighed in the review band and not decided; heaviest first
}

// Policy is how values survive and what schemes prove; it is stored by content
// hash and changing it is a revision.
type Policy struct {
	// Trust ranks sources, higher first; a source not named has 0.
	Trust map[model.Source]int `json:"trust,omitempty"`
	// Masters names the source that is master for a property.
	Masters map[model.PropertyID]model.Source `json:"masters,omitempty"`
	// KnowsProtection lists the sources that carry the protection flag for
	// everyone and so settle unknown to none.
	KnowsProtection map[model.Source]bool `json:"knowsProtection,omitempty"`
	// Rules overrides the order in which rules are tried for a property.
	Rules map[model.PropertyID][]model.Rule `json:"rules,omitempty"`
	// Schemes declares what schemes of the tenant's own prove.
	Schemes map[model.Scheme]model.Proof `json:"schemes,omitempty"`
	// DuplicateFree lists sources two live records of which are never one thing.
	DuplicateFree map[model.Source]bool `json:"duplicateFree,omitempty"`
	// Bands are the weights at which pairs of a kind are reviewed and linked.
	Bands map[model.Kind]Bands `json:"bands,omitempty"`
}

// ProofOf is what a scheme proves under the policy.
func (p *Policy) ProofOf(s model.Scheme) model.Proof {
	if p != nil {
		if proof, ok := p.Schemes[s]; ok {
			return proof
		}
		if proof, ok := p.Schemes[s.Base()]; ok {
			return proof
		}
	}
	return model.ProofOf(s)
}

// Pin is a steward's override of one value.
type Pin struct {
	Property model.PropertyID
	Value    model.Value
	Period   model.Period
}

// Resolver says what a reference in a record resolves to: the golden id and who
// may see it; ok is false while it dangles.
type Resolver func(model.Reference) (to model.EntityID, disclosure model.Disclosure, ok bool)
