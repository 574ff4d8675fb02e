package relational

import (
	"context"
	"iter"
	"time"

	"github.com/karna-registry/karna/graph"
)

const credentialColumns = `c.id, c.kind, c.hash, c.name, c.body, c.actor, c.created, c.expires, c.revoked`

var (
	putCredential = statement(`INSERT INTO credential (tenant, id, kind, hash, name, body, actor, created, expires, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, hash = excluded.hash, name = excluded.name, body = excluded.body,
			actor = excluded.actor, created = excluded.created, expires = excluded.expires, revoked = excluded.revoked`)
	deleteCredentials = statement(`DELETE FROM credential WHERE tenant = $1 AND kind = $2 AND expires < $3`)
	selectCredentials = statement(`SELECT ` + credentialColumns + ` FROM credential AS c
		WHERE c.tenant = $1 AND c.kind = $2 ORDER BY c.id`)
	credentialByHash = statement(`SELECT ` + credentialColumns + ` FROM credential AS c
		WHERE c.tenant = $1 AND c.hash = $2`)
)

func readCredential(r Rows) graph.Credential {
	return graph.Credential{
		ID: r.ID(0), Kind: graph.CredentialKind(r.Int(1)), Hash: r.ID(2), Name: r.Text(3), Body: readBytes(r, 4), Actor: r.Text(5),
		Created: readTime(r, 6), Expires: readTime(r, 7), Revoked: readTime(r, 8),
	}
}

// Credentials yields the credentials of a kind in id order.
func (r *reader) Credentials(ctx context.Context, kind graph.CredentialKind) iter.Seq2[graph.Credential, error] {
	return whole(func() (found []graph.Credential, err error) {
		err = r.with(ctx, "listing credentials", func(s Session) error {
			found, err = all(ctx, s, selectCredentials, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(kind))
			}, readCredential)
			return err
		})
		return found, err
	})
}

// CredentialByHash is the credential with the hash.
func (r *reader) CredentialByHash(ctx context.Context, hash graph.Hash) (c graph.Credential, ok bool, err error) {
	err = r.with(ctx, "looking for a credential", func(s Session) error {
		c, ok, err = one(ctx, s, credentialByHash, func(w Writer) {
			w.Int(r.store.number)
			w.ID(hash)
		}, readCredential)
		return err
	})
	return c, ok, err
}

// PutCredential inserts or replaces by id.
func (t *tx) PutCredential(ctx context.Context, c graph.Credential) error {
	return t.with(ctx, "writing a credential", func(s Session) error {
		return s.Exec(ctx, putCredential, func(w Writer) {
			w.Int(t.store.number)
			w.ID(c.ID)
			w.Int(int64(c.Kind))
			w.ID(c.Hash)
			w.Text(c.Name)
			w.Bytes(c.Body)
			w.Text(c.Actor)
			writeTime(w, c.Created)
			writeTime(w, c.Expires)
			writeTime(w, c.Revoked)
		})
	})
}

// DeleteCredentials takes away the credentials of a kind that expired before a time.
func (t *tx) DeleteCredentials(ctx context.Context, kind graph.CredentialKind, before time.Time) error {
	return t.with(ctx, "deleting credentials", func(s Session) error {
		return s.Exec(ctx, deleteCredentials, func(w Writer) {
			w.Int(t.store.number)
			w.Int(int64(kind))
			writeTime(w, before)
		})
	})
}
