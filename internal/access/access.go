package access

import (
	"context"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Unsealed is a sealed value in the open. It stays in memory: a View compares
// it, masks it, or shows it to a caller who may see it.
type Unsealed struct {
	Scheme   model.Scheme
	Value    string
	Original string // as delivered; empty when equal to the value
}

// Unsealer opens sealed identifiers. A reference that leads nowhere is missing
// from the answer.
type Unsealer interface {
	Unseal(ctx context.Context, refs []model.EntityID) (map[model.EntityID]Unsealed, error)
}

// UnsealerFrom is an Unsealer that opens what a reader gives.
type UnsealerFrom interface {
	UnsealFrom(ctx context.Context, from graph.RecordReader, refs []model.EntityID) (map[model.EntityID]Unsealed, error)
}

// Hearer makes anew what survives of a golden record of a kind for whoever may hear
// some of its sources only: see model.Testimony.
type Hearer interface {
	Hear(t *model.Testimony, kind model.Kind, heard func(model.Source) bool) (model.Golden, model.Evidence)
}

// Keyer makes the opaque keys under which the records with an identifier are found
// in the matching index: one, or two while the index is put under another key. Anew
// looks first whether that has begun or ended: for who has found nothing.
type Keyer interface {
	IdentifierKeys(kind model.Kind, scheme model.Scheme, value string, anew bool) ([]uint64, error)
}

// Scoper makes the keyed hash of a question by which a cursor of its answer is known.
type Scoper interface {
	CursorHash(question []byte) [16]byte
}

// Source is what a View knows of a declared source.
type Source struct {
	Authority  string           // the board or company that answers for the data
	Disclosure model.Disclosure // narrows every record of the source; zero leaves it to the table
	// What an access request is told of it.
	Owner, Purpose, LegalBasis, Retention string
}

// Deps are what an Access stands on.
type Deps struct {
	Store    graph.Store
	BaseIRI  string // of published IRIs, without a slash at the end
	Unsealer Unsealer
	Keyer    Keyer
	// Scoper makes what cursors are known by; without one it has no key.
	Scoper Scoper
	// Hearer tells what one authority's sources say by themselves; without one, who
	// may hear those only is shown nothing of what sources dispute.
	Hearer Hearer
	// Weigher explains pairs; without one there are no explanations.
	Weigher Weigher
	// Finder finds what is held about a person; without one nobody is told.
	Finder Finder
	// Auditor keeps the record of restricted reads. Without one nobody is shown
	// anything above internal.
	Auditor Auditor
	// Sources are the declared sources. What one that is not declared has said
	// is for the house only.
	Sources map[model.Source]Source
	// ProofOf is what a scheme proves under the tenant's policy; nil means the
	// declared schemes alone.
	ProofOf func(model.Scheme) model.Proof
	Clock   func() time.Time // nil means time.Now
}

// Access gives out views of one tenant's registry. It is safe for concurrent use.
type Access struct {
	store    store
	base     string
	unsealer Unsealer
	keyer    Keyer
	scoper   Scoper
	hearer   Hearer
	weigher  Weigher
	finder   Finder
	auditor  Auditor
	sources  map[model.Source]Source
	proofOf  func(model.Scheme) model.Proof
	clock    func() time.Time
	tally    *tally
	bounds   bounds
}

// New makes an Access. It reads nothing yet.
func New(d Deps) *Access {
	a := &Access{
		store: d.Store, base: strings.TrimSuffix(d.BaseIRI, "/"), unsealer: d.Unsealer, keyer: d.Keyer, scoper: d.Scoper, hearer: d.Hearer, weigher: d.Weigher, finder: d.Finder, auditor: d.Auditor,
		sources: d.Sources, proofOf: d.ProofOf, clock: d.Clock, tally: &tally{}, bounds: defaultBounds,
	}
	if a.proofOf == nil {
		a.proofOf = model.ProofOf
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	return a
}

// source is what is declared of a source. The registry's own code lists are
// open; anything else that nobody declared is for the house.
func (a *Access) source(name model.Source) Source {
	if s, ok := a.sources[name]; ok {
		return s
	}
	if name == ontology.CodeListSource {
		return Source{Disclosure: model.Open}
	}
	return Source{Disclosure: model.Internal}
}

// View is what one caller may see. Every read above the store is one of its
// methods. It is immutable and safe for concurrent use.
type View struct {
	a      *Access
	rights Rights
	// clearance is the narrowest class the caller sees, and rank its rank.
	clearance model.Disclosure
	rank      int
	// authorities, when not nil, are those whose sources' restricted values the
	// caller may see.
	authorities map[string]bool
	// past is what is read when the View is of a past revision, else nil, and then
	// is its index.
	past graph.Past
	then *pastIndex
	// unopened leaves sealed values closed (see Unopened).
	unopened bool
	// offices are those open today, of which the feed tells that they were, whoever
	// held them then.
	offices map[model.EntityID]bool
	// reads gathers what is shown, when that is told together (see Together).
	reads *Reads
}

// View is the registry as a caller with these rights may see it.
func (a *Access) View(r Rights) *View {
	v := &View{a: a, rights: r, clearance: r.Clearance()}
	if a.auditor == nil && v.clearance.Rank() > model.Internal.Rank() {
		v.clearance = model.Internal
	}
	v.rank = v.clearance.Rank()
	if r.Authorities != nil {
		v.authorities = make(map[string]bool, len(r.Authorities))
		for _, name := range r.Authorities {
			v.authorities[name] = true
		}
	}
	return v
}

// Rights are the caller's.
func (v *View) Rights() Rights { return v.rights }

// At is the registry as it was at a revision, seen with today's rights,
// protection and disclosure: what is hidden today is hidden in the past as
// well. Look-up by identifier, the feed, evidence of records and the stewards'
// lists are of the present only and answer ErrPresentOnly.
// graph.ErrFutureRevision if it has not happened.
func (v *View) At(ctx context.Context, r model.Revision) (*View, error) {
	past, err := v.a.store.At(ctx, r)
	if err != nil {
		return nil, err
	}
	then := *v
	then.past, then.then = past, newPastIndex(v.a.store, past, r)
	return &then, nil
}

// Revision is the revision that the View reads. The count of revisions is the
// registry's clock: that time has passed is no secret.
func (v *View) Revision(ctx context.Context) (model.Revision, error) {
	return v.from().Revision(ctx)
}

// from is what golden records and record versions are read from.
func (v *View) from() graph.Past {
	if v.past != nil {
		return v.past
	}
	return v.a.store
}

// present is the reader of what only the present has.
func (v *View) present() (graph.Reader, error) {
	if v.past != nil {
		return nil, ErrPresentOnly
	}
	return v.a.store, nil
}

// parts are the columns that must be read to decide what the caller may see of
// what the View reads.
func (v *View) parts() graph.Parts {
	if v.past != nil {
		return graph.WithValues | graph.WithEvidence
	}
	return graph.WithValues
}

// partsThen is parts with the evidence of whose a value is, and by which of several
// numbers: of versions that may be older than what the View reads, it cannot be asked
// for afterwards.
func (v *View) partsThen() graph.Parts {
	if v.authorities != nil || v.partsIdentities() {
		return graph.WithValues | graph.WithEvidence
	}
	return v.parts()
}

// steward refuses an operation to anyone below a steward, and in the past.
func (v *View) steward() (graph.Reader, error) {
	if v.rights.Role < Steward {
		return nil, ErrForbidden
	}
	return v.present()
}
