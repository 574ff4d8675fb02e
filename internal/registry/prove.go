package registry

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// artifactScrub says whether the engine's files have been scrubbed since the last
// removal.
const artifactScrub = "scrub"

// needles are what is looked for once something was removed.
type needles struct {
	opaque [][]byte // ids, references, hashes: nothing of these may be anywhere
	words  [][]byte // what was said: others may say the same
}

// Proof is what was looked for and through after a removal.
type Proof struct {
	At       time.Time        `json:"at"`
	Opaque   int              `json:"opaque"` // ids, references and hashes looked for
	Words    int              `json:"words"`  // texts that nobody else says, looked for
	Shared   int              `json:"shared"` // texts that other records say too
	Searched []graph.Searched `json:"searched"`
	Found    []ProofFound     `json:"found"` // what should be gone and is not
	Files    []string         `json:"files"` // whose bytes were looked through
	Residue  []string         `json:"residue"`
	Remains  []string         `json:"remains"` // what was not or cannot be looked through
}

// ProofFound says where something is that should be gone; not what.
type ProofFound struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Rows   int64  `json:"rows"`
	What   string `json:"what"`
}

// OK tells whether nothing was found.
func (p *Proof) OK() bool { return len(p.Found) == 0 && len(p.Residue) == 0 }

// prove looks for the needles in all that is stored, and scrubs the engine's files.
func (r *Registry) prove(ctx context.Context, n needles) (*Proof, error) {
	p, all, err := r.search(ctx, n)
	if err != nil {
		return nil, err
	}
	residue, err := r.scrub(ctx, all)
	p.Files, p.Residue, p.Remains = append(p.Files, residue.Searched...), append(p.Residue, residue.Found...), append(p.Remains, residue.Remains...)
	return p, err
}

// search looks for the needles in every column of every row. It gives those that it
// has looked for: not what other records say as well.
func (r *Registry) search(ctx context.Context, n needles) (*Proof, [][]byte, error) {
	own, shared, err := r.distinctive(ctx, r.store, n.words)
	if err != nil {
		return nil, nil, err
	}
	p := &Proof{
		At: r.clock(), Opaque: len(n.opaque), Words: len(own), Shared: len(shared),
		Searched: []graph.Searched{}, Found: []ProofFound{}, Files: []string{}, Residue: []string{}, Remains: []string{},
	}
	all := slices.Concat(n.opaque, own)
	s, ok := r.base.(graph.Searcher)
	if !ok {
		p.Remains = append(p.Remains, "the tables: this engine cannot look through them")
		return p, all, nil
	}
	found, searched, err := s.Search(ctx, all)
	if err != nil {
		return nil, nil, err
	}
	p.Searched = searched
	for _, f := range found {
		what := "an id, a reference or a hash"
		if f.Needle >= len(n.opaque) {
			what = "a text that was said"
		}
		p.Found = append(p.Found, ProofFound{f.Table, f.Column, f.Rows, what})
	}
	return p, all, nil
}

// scrub scrubs the engine's files, and notes that it is done.
func (r *Registry) scrub(ctx context.Context, needles [][]byte) (graph.Residue, error) {
	s, ok := r.base.(graph.Scrubber)
	if !ok {
		return graph.Residue{}, nil
	}
	residue, err := s.Scrub(ctx, needles)
	if err != nil {
		return residue, err
	}
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, artifactScrub), func(tx graph.Tx) error { return r.putScrub(ctx, tx, true) })
	return residue, err
}

// Scrub takes what removed rows have left out of the engine's files: what a removal
// that was stopped did not come to.
func (r *Registry) Scrub(ctx context.Context) (graph.Residue, error) { return r.scrub(ctx, nil) }

// Prove looks for texts and ids in all that is stored, and in the engine's files.
func (r *Registry) Prove(ctx context.Context, texts []string) (*Proof, error) {
	var n needles
	for _, t := range texts {
		if id, err := model.ParseEntityID(t); err == nil {
			n.opaque = append(n.opaque, bytes.Clone(id[:]), []byte(id.String()))
			continue
		}
		for _, s := range spellings(t) {
			n.opaque = append(n.opaque, []byte(s))
		}
	}
	slices.SortFunc(n.opaque, func(a, b []byte) int { return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b)) })
	return r.prove(ctx, n)
}

// distinctive are those of the words that no record says, and how many records say
// each of the others.
func (r *Registry) distinctive(ctx context.Context, from graph.Reader, words [][]byte) (own [][]byte, shared map[string]int, err error) {
	shared = map[string]int{}
	if len(words) == 0 {
		return nil, shared, nil
	}
	for v, err := range from.VersionsWith(ctx, words) {
		if err != nil {
			return nil, nil, fmt.Errorf("search the records: %w", err)
		}
		for _, w := range words {
			if bytes.Contains(v.Doc, w) {
				shared[string(w)]++
			}
		}
	}
	for h, err := range from.ScanHeads(ctx, "", "") {
		if err != nil {
			return nil, nil, fmt.Errorf("read the records: %w", err)
		}
		for _, w := range words {
			if strings.Contains(h.Key.LocalID, string(w)) {
				shared[string(w)]++
			}
		}
	}
	for _, w := range words {
		if shared[string(w)] == 0 {
			own = append(own, w)
		}
	}
	return own, shared, nil
}

// putScrub notes whether the engine's files have been scrubbed since the last removal.
func (r *Registry) putScrub(ctx context.Context, tx graph.Tx, done bool) error {
	body := []byte("pending")
	if done {
		body = []byte("done")
	}
	rev, err := tx.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision: %w", err)
	}
	err = tx.PutArtifact(ctx, graph.Artifact{Name: artifactScrub, Hash: graph.Hash(r.keys.Hash(seal.DomainArtifact, body)), Body: body, Revision: max(rev, 1)})
	if err != nil {
		return fmt.Errorf("note that the store is to be scrubbed: %w", err)
	}
	return nil
}

// ScrubPending tells whether something was removed and the engine's files have not
// been scrubbed since, for the program was stopped.
func (r *Registry) ScrubPending(ctx context.Context) (bool, error) {
	a, ok, err := r.store.Artifact(ctx, artifactScrub)
	if err != nil {
		return false, fmt.Errorf("read artifact %s: %w", artifactScrub, err)
	}
	return ok && string(a.Body) == "pending", nil
}
