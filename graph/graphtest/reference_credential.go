package graphtest

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func (v view) Credentials(ctx context.Context, kind graph.CredentialKind) iter.Seq2[graph.Credential, error] {
	return sequence(ctx, v.records, func(s *state) []graph.Credential {
		rows := slices.DeleteFunc(slices.Collect(maps.Values(s.credentials)), func(c graph.Credential) bool { return c.Kind != kind })
		slices.SortFunc(rows, func(a, b graph.Credential) int { return a.ID.Compare(b.ID) })
		return rows
	})
}

func (v view) CredentialByHash(ctx context.Context, hash graph.Hash) (graph.Credential, bool, error) {
	s, err := v.records(ctx)
	if err != nil {
		return graph.Credential{}, false, err
	}
	for _, c := range s.credentials {
		if c.Hash == hash {
			return c, true, nil
		}
	}
	return graph.Credential{}, false, nil
}

func (t *referenceTx) PutCredential(ctx context.Context, c graph.Credential) error {
	for id, other := range t.s.credentials {
		if other.Hash == c.Hash && id != c.ID {
			return fmt.Errorf("credential %s has the hash of %s", c.ID, id)
		}
	}
	c.Body = bytes.Clone(c.Body)
	t.s.credentials[c.ID] = c
	return ctx.Err()
}

func (t *referenceTx) DeleteCredentials(ctx context.Context, kind graph.CredentialKind, before time.Time) error {
	maps.DeleteFunc(t.s.credentials, func(_ model.EntityID, c graph.Credential) bool { return c.Kind == kind && c.Expires.Before(before) })
	return ctx.Err()
}
