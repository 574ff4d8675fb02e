package login

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
)

// Sharing is a recorded rule by which one authority may read what another's
// sources say. Without one, secrecy holds between the boards of a municipality
// (offentlighets- och sekretesslagen 2009:400, 8 kap. 1–2 §§).
type Sharing struct {
	From       string    `json:"from"` // whose restricted values
	To         string    `json:"to"`   // who may read them
	Purpose    string    `json:"purpose"`
	LegalBasis string    `json:"legalBasis"`
	Until      time.Time `json:"until"` // the rule holds before
}

// shared are the authorities whose restricted values the given ones may read
// now: their own and what is shared with them. A rule does not reach through
// another.
func (l *Logins) shared(own []string) []string {
	out := slices.Clone(own)
	now := l.clock()
	for _, s := range l.sharing {
		if slices.Contains(own, s.To) && now.Before(s.Until) && !slices.Contains(out, s.From) {
			out = append(out, s.From)
		}
	}
	return out
}

const artifactSharing = "sharing-rules"

// RecordSharing keeps the configured rules in the store when they are others
// than before: as an artifact of a revision of its own, with an entry in the
// audit. So it can be seen later which rules held when.
func (l *Logins) RecordSharing(ctx context.Context, actor string) error {
	text, err := json.Marshal(l.sharing)
	if err != nil {
		return fmt.Errorf("encode the sharing rules: %w", err)
	}
	hash := graph.Hash(l.keys.Hash(seal.DomainArtifact, text))
	have, ok, err := l.store.Artifact(ctx, artifactSharing)
	if err != nil {
		return fmt.Errorf("read the sharing rules: %w", err)
	}
	if have.Hash == hash || !ok && len(l.sharing) == 0 {
		return nil
	}
	_, err = l.store.Update(ctx, graph.Provenance{Actor: actor, Reason: "sharing rules of the configuration", At: l.now()}, func(tx graph.Tx) error {
		revision, err := tx.TakeRevision(ctx)
		if err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
		if err := tx.PutArtifact(ctx, graph.Artifact{Name: artifactSharing, Hash: hash, Body: text, Revision: revision}); err != nil {
			return fmt.Errorf("write the sharing rules: %w", err)
		}
		return l.audit.AppendTx(ctx, tx, audit.Entry{
			Actor: actor, Operation: "sharing rules", Purpose: fmt.Sprintf("%d rules between authorities, from revision %d", len(l.sharing), revision),
		})
	})
	if err != nil {
		return fmt.Errorf("record the sharing rules: %w", err)
	}
	return nil
}
