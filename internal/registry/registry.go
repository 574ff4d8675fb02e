package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// Source declares a system that delivers records (architecture.md, "source").
type Source struct {
	Name       model.Source
	Authority  string // the board or company that answers for the data
	Owner      string
	Purpose    string
	LegalBasis string
	Retention  string
	// Hold is the legal reason for which records of HoldKinds, or of every kind, may
	// not be erased.
	Hold      string
	HoldKinds []model.Kind
	// Retain is how long a record is kept once its source no longer has it; the zero
	// value is for ever.
	Retain Retain
	Format ingest.Format
	Full   bool
	Trust  int
	// Masters are the properties that the source is master for.
	Masters []model.PropertyID
	// KnowsProtection: the source carries the protection flag for everyone.
	KnowsProtection bool
	// DuplicateFree: two live records of the source are never one thing.
	DuplicateFree bool
	// Disclosure narrows every record of the source; zero leaves it to the table.
	Disclosure model.Disclosure
	// MaxRetract is the share of a part that a full delivery may retract
	// without confirmation; nil means DefaultMaxRetract, and 0 none of it.
	MaxRetract *float64
	Mapping    []byte
	Type       string
}

// DefaultMaxRetract is the share of a source's part that a full delivery may
// retract without confirmation.
const DefaultMaxRetract = 0.10

// Options make a Registry.
type Options struct {
	Store graph.Store
	Keys  *seal.Keyring
	// Others gives the other tenants of the database: one that shares the keyring is
	// asked before a key is taken out of it. Nil means that there are none.
	Others       func(ctx context.Context) (map[model.Tenant]graph.Store, error)
	Sources      []Source
	Jurisdiction string // SE or AX
	// Rules overrides the survivorship rules of properties.
	Rules map[model.PropertyID][]model.Rule
	Clock func() time.Time
	// NewID makes ids; nil means UUIDv7 of the clock and the system's randomness.
	NewID  func() model.EntityID
	Logger *slog.Logger
	// CodeLists are the code lists that every tenant starts with; nil means
	// those that the ontology ships.
	CodeLists []model.Record
}

// Registry is one tenant's use-cases. It is safe for concurrent use.
type Registry struct {
	store        graph.Store // base, whose transactions use the key that its hashes are under
	base         graph.Store
	form         *form
	keys         *seal.Keyring
	others       func(ctx context.Context) (map[model.Tenant]graph.Store, error)
	audit        *audit.Log
	sources      map[model.Source]*Source
	policy       *resolve.Policy
	policyBody   []byte
	jurisdiction string
	clock        func() time.Time
	newID        func() model.EntityID
	log          *slog.Logger
	lists        []model.Record
	listsVersion string

	perChunk   int           // items read, hashed and mapped together
	perCommit  int           // changed items in one revision; each may be a few records
	perResolve int           // pairs in one revision, about
	perFollow  int           // unmatched records in one revision
	blockLimit int           // records that share a block of keys
	perRotate  int           // values encrypted anew in one transaction
	settled    time.Duration // how long a former key is kept at least

	prepared atomic.Int64 // the revision up to which Prepare has nothing to do
	// By which mappers the records of parts were made, as this registry has read
	// it: artifacts' names to hashes. Empty when somebody else has written since.
	mappers sync.Map
	// What a first load that found the store empty has not written; nil else.
	unseen   atomic.Pointer[unseen]
	underWay sync.Map // ids of the deliveries that this process is taking
	looked   sync.Map // sources whose abandoned deliveries have been ended

	models sync.Map // matching models by the hash they are stored under

	codesMu sync.Mutex
	codes   map[string]map[string]bool // the tenant's own lists, beside the shipped ones
}

// Errors that use-cases return.
var (
	ErrUnknownSource = errors.New("no such source in the configuration")
	ErrUnknownRecord = errors.New("no such record")
	ErrBadDecision   = errors.New("the decision cannot be made")
	ErrOnHold        = errors.New("the archive law forbids it")
)

// New makes a Registry. It reads and writes nothing yet.
func New(o Options) (*Registry, error) {
	form := &form{want: formOf(o.Keys).Hash}
	r := &Registry{
		store: underKey{o.Store, o.Keys, form}, form: form, base: o.Store, keys: o.Keys, others: o.Others, sources: map[model.Source]*Source{}, jurisdiction: o.Jurisdiction,
		clock: o.Clock, newID: o.NewID, log: o.Logger,
	}
	if r.clock == nil {
		r.clock = time.Now
	}
	r.audit = audit.New(o.Store, o.Keys, r.clock)
	r.perChunk, r.perCommit, r.perResolve = batchItems, commitItems, pairsPerCommit
	r.perFollow, r.blockLimit = matchedPerCommit, match.BlockLimit
	r.perRotate, r.settled = rotatedPerCommit, settledAfter
	if r.newID == nil {
		r.newID = func() model.EntityID { return model.EntityID(uuid.Must(uuid.NewV7())) }
	}
	if r.lists, r.listsVersion = o.CodeLists, "given"; r.lists == nil {
		r.lists, r.listsVersion = slices.Collect(ontology.CodeListRecords()), ontology.CodeListsVersion()
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.jurisdiction == "" {
		r.jurisdiction = "SE"
	}
	policy := &resolve.Policy{
		Trust:           map[model.Source]int{ontology.CodeListSource: 0},
		Masters:         map[model.PropertyID]model.Source{},
		KnowsProtection: map[model.Source]bool{},
		DuplicateFree:   map[model.Source]bool{},
		Schemes:         map[model.Scheme]model.Proof{},
		Rules:           o.Rules,
		Bands:           map[model.Kind]resolve.Bands{},
	}
	for _, kind := range Matched {
		shipped, err := match.Default(kind)
		if err != nil {
			return nil, err
		}
		policy.Bands[kind] = shipped.Bands
	}
	for i := range o.Sources {
		s := &o.Sources[i]
		if r.sources[s.Name] != nil {
			return nil, fmt.Errorf("source %q is declared twice", s.Name)
		}
		r.sources[s.Name] = s
		policy.Trust[s.Name] = s.Trust
		for _, p := range s.Masters {
			if other, taken := policy.Masters[p]; taken {
				return nil, fmt.Errorf("sources %q and %q are both master for %s: one place only", other, s.Name, propertyName(p))
			}
			policy.Masters[p] = s.Name
		}
		if s.KnowsProtection {
			policy.KnowsProtection[s.Name] = true
		}
		if s.DuplicateFree {
			policy.DuplicateFree[s.Name] = true
		}
		if d, ok := s.Format.(ingest.SchemeDeclarer); ok {
			declared, err := d.Schemes(s.Mapping, s.Name)
			if err != nil {
				return nil, fmt.Errorf("source %s: %w", s.Name, err)
			}
			maps.Copy(policy.Schemes, declared)
		}
	}
	r.policy = policy
	var err error
	if r.policyBody, err = json.Marshal(policy); err != nil {
		return nil, fmt.Errorf("encode the policy: %w", err)
	}
	return r, nil
}

func propertyName(p model.PropertyID) string {
	if row := ontology.ByID(p); row != nil {
		return row.Kind.String() + "." + row.Name
	}
	return fmt.Sprintf("property %d", p)
}

// Audit is the record of who changed and who looked. Every change that the
// registry makes is in it, in the transaction that makes it.
func (r *Registry) Audit() *audit.Log { return r.audit }

// Source is a declared source.
func (r *Registry) Source(name model.Source) (*Source, error) {
	s := r.sources[name]
	if s == nil {
		return nil, fmt.Errorf("source %q: %w (declare it under sources in karna.yaml)", name, ErrUnknownSource)
	}
	return s, nil
}

// Sources lists the declared sources by name.
func (r *Registry) Sources() []*Source {
	out := make([]*Source, 0, len(r.sources))
	for _, s := range r.sources {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Source) int {
		return model.RecordKey{Source: a.Name}.Compare(model.RecordKey{Source: b.Name})
	})
	return out
}

// IdentifierKeys are the opaque keys under which records with the identifier are
// found: one, or two while hashes are put under another key. Anew looks first whether
// that has begun or ended.
func (r *Registry) IdentifierKeys(kind model.Kind, scheme model.Scheme, value string, anew bool) ([]uint64, error) {
	return r.keys.MatchKeys(anew, func(h func(...string) uint64) uint64 { return resolve.IdentifierKey(kind, scheme, value, h) })
}

// CursorHash is the keyed hash of a question, by which cursors of its answer are known.
func (r *Registry) CursorHash(question []byte) [16]byte {
	return r.keys.Hash(seal.DomainCursor, question)
}

// identifierKey is the one of them that a transaction uses.
func (r *Registry) identifierKey(kind model.Kind, scheme model.Scheme, value string) uint64 {
	return resolve.IdentifierKey(kind, scheme, value, r.keys.MatchKey)
}

// Hear is what survives of a testimony when what is restricted is heard of some
// sources only, by the tenant's policy. It is for access, which decides whose.
func (r *Registry) Hear(t *model.Testimony, kind model.Kind, heard func(model.Source) bool) (model.Golden, model.Evidence) {
	return resolve.Hear(t, kind, r.policy, heard)
}

// ProofOf is what a scheme proves under the tenant's policy.
func (r *Registry) ProofOf(s model.Scheme) model.Proof { return r.policy.ProofOf(s) }

const (
	artifactPolicy   = "policy"
	artifactTable    = "property-table"
	artifactConcepts = "code-lists"
)

// artifacts are what golden records depend on beside records, as they are now.
func (r *Registry) artifacts() []graph.Artifact {
	return []graph.Artifact{
		{Name: artifactPolicy, Hash: r.keys.Hash(seal.DomainArtifact, r.policyBody), Body: r.policyBody},
		formOf(r.keys),
	}
}

// staleArtifacts lists the artifacts whose stored form is not today's.
func (r *Registry) staleArtifacts(ctx context.Context, from graph.RecordReader) ([]graph.Artifact, error) {
	var stale []graph.Artifact
	for _, a := range r.artifacts() {
		have, ok, err := from.Artifact(ctx, a.Name)
		if err != nil {
			return nil, fmt.Errorf("read artifact %s: %w", a.Name, err)
		}
		if !ok || have.Hash != a.Hash {
			stale = append(stale, a)
		}
	}
	return stale, nil
}
