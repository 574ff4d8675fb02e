package relational

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	latestVersion = statement(`SELECT v.revision, v.delivery, v.stamp, v.doc, v.said FROM record_version AS v
		WHERE v.tenant = $1 AND v.id = @id ORDER BY v.revision DESC LIMIT 1`, Column{"id", ID})
	versionAt = statement(`SELECT v.revision, v.delivery, v.stamp, v.doc, v.said FROM record_version AS v
		WHERE v.tenant = $1 AND v.id = @id AND v.revision <= $2 ORDER BY v.revision DESC LIMIT 1`, Column{"id", ID})
	versionsOf = statement(`SELECT v.revision, v.delivery, v.stamp, v.doc, v.said FROM record_version AS v
		WHERE v.tenant = $1 AND v.id = $2 ORDER BY v.revision`)
	membershipsOf = statement(`SELECT m.revision, m.golden FROM membership AS m
		WHERE m.tenant = $1 AND m.record = $2 ORDER BY m.revision`)
	matchKeys = statement(`SELECT m.record FROM matchkey AS m
		WHERE m.tenant = $1 AND m.key = @key ORDER BY m.record`, Column{"key", BigInt})
	matchKeysFrom = statement(`SELECT DISTINCT m.key FROM matchkey AS m
		WHERE m.tenant = $1 AND m.key >= $2 ORDER BY m.key LIMIT $3`)
	holders = statement(HoldersText("$2", "$3"))
	waiting = statement(`SELECT d.record, d.property FROM dangling AS d
		WHERE d.tenant = $1 AND d.key = @key ORDER BY d.record, d.property`, Column{"key", BigInt})
	danglingOf = statement(`SELECT d.key, d.property FROM dangling AS d
		WHERE d.tenant = $1 AND d.record = @record ORDER BY d.property, d.key`, Column{"record", ID})
	sealedBut = statement(`SELECT s.ref, s.hash, s.key_id, s.data FROM sealed AS s
		WHERE s.tenant = $1 AND s.ref > $2 AND s.key_id <> $3 ORDER BY s.ref LIMIT $4`)
	countSealed = statement(`SELECT
		(SELECT count(*) FROM sealed AS s WHERE s.tenant = $1 AND s.key_id = $2),
		(SELECT count(*) FROM quarantine AS q WHERE q.tenant = $1 AND q.key_id = $2),
		(SELECT count(*) FROM rectification AS r WHERE r.tenant = $1 {hint r.state >= ''} AND r.key_id = $2)`)
	sealedByRef = statement(`SELECT s.hash, s.key_id, s.data FROM sealed AS s
		WHERE s.tenant = $1 AND s.ref = @ref`, Column{"ref", ID})
	latestArtifact = statement(`SELECT a.hash, a.body, a.revision FROM artifact AS a
		WHERE a.tenant = $1 AND a.name = $2 ORDER BY a.revision DESC LIMIT 1`)
	artifactWith = statement(`SELECT a.hash, a.body, a.revision FROM artifact AS a
		WHERE a.tenant = $1 AND a.name = $2 AND a.hash = $3 ORDER BY a.revision DESC LIMIT 1`)
)

// keyBatch is how many keys a stream looks up at a time.
const keyBatch = 1024

// batched streams what is found under keys, a batch of keys at a time.
func batched[K, T any](keys []K, read func(batch []K) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for keys := keys; len(keys) > 0; keys = keys[min(keyBatch, len(keys)):] {
			rows, err := read(keys[:min(keyBatch, len(keys))])
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
		}
	}
}

// Versions answers with each record's latest version, in the order of ids.
func (r *reader) Versions(ctx context.Context, ids []model.EntityID) ([]graph.Version, error) {
	return r.versions(ctx, ids, -1)
}

// versions reads the versions at a revision, or the latest when it is negative.
func (r *reader) versions(ctx context.Context, ids []model.EntityID, at model.Revision) ([]graph.Version, error) {
	out := make([]graph.Version, len(ids))
	st := versionAt
	if at < 0 {
		st = latestVersion
	}
	err := r.withVisible(ctx, "reading record versions", func(s Session) error {
		return lookup(ctx, s, st, func(w Writer) {
			w.Int(r.store.number)
			if at >= 0 {
				w.Int(int64(at))
			}
		}, len(ids), func(i int, w Writer) { w.ID(ids[i]) }, func(rows Rows) {
			out[rows.Key()] = readVersion(rows)
		})
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].ID = ids[i]
	}
	return out, nil
}

func readVersion(rows Rows) graph.Version {
	v := graph.Version{
		Revision: model.Revision(rows.Int(0)),
		Delivery: readID(rows, 1),
		Stamp:    rows.Int(2),
		Doc:      readDoc(rows, 3),
	}
	if v.Gone = !rows.Null(4); v.Gone {
		v.Said = rows.Int(4)
	}
	return v
}

// History yields every version of a record, oldest first.
func (r *reader) History(ctx context.Context, id model.EntityID) iter.Seq2[graph.Version, error] {
	return whole(func() (versions []graph.Version, err error) {
		err = r.with(ctx, "reading a record's history", func(s Session) error {
			versions, err = all(ctx, s, versionsOf, func(w Writer) {
				w.Int(r.store.number)
				w.ID(id)
			}, readVersion)
			return err
		})
		for i := range versions {
			versions[i].ID = id
		}
		return versions, err
	})
}

// Memberships yields a record's membership rows, oldest first.
func (r *reader) Memberships(ctx context.Context, record model.EntityID) iter.Seq2[graph.Membership, error] {
	return whole(func() (rows []graph.Membership, err error) {
		err = r.with(ctx, "reading a record's memberships", func(s Session) error {
			rows, err = all(ctx, s, membershipsOf, func(w Writer) {
				w.Int(r.store.number)
				w.ID(record)
			}, func(rows Rows) graph.Membership {
				return graph.Membership{Record: record, Revision: model.Revision(rows.Int(0)), Golden: rows.ID(1)}
			})
			return err
		})
		return rows, err
	})
}

// MatchKeys yields the live records under any of the keys.
func (r *reader) MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	return batched(distinct(keys, cmp.Compare[uint64]), func(keys []uint64) (found []graph.MatchKey, err error) {
		err = r.with(ctx, "looking up matching keys", func(s Session) error {
			return lookup(ctx, s, matchKeys, r.tenantArg, len(keys),
				func(i int, w Writer) { w.Int(signed(keys[i])) },
				func(rows Rows) {
					m := graph.MatchKey{Key: keys[rows.Key()], Record: rows.ID(0)}
					// The index is a bag: a key put twice is one key.
					if n := len(found); n == 0 || found[n-1] != m {
						found = append(found, m)
					}
				})
		})
		return found, err
	})
}

// mostHolders is how many records an identifier is followed to; more have one only by
// mistake. Near is how many rows the next key with a record of a kind is looked for in.
const mostHolders, near = 1000, 64

// HoldersText asks for the golden records of a kind with a live record under a key,
// or near it as Holders has it, and for the key; for one as often as it has such a
// record. Heads are sought one by one.
func HoldersText(key, kind string) string {
	held := `SELECT m.key, (SELECT coalesce(h.golden, h.id) FROM head AS h WHERE h.tenant = $1 AND h.id = m.record AND h.kind = ` + kind + ` AND h.live = 1) AS golden
		FROM matchkey AS m WHERE m.tenant = $1 AND m.key `
	next := func(from string) string {
		return fmt.Sprintf(`(SELECT n.key FROM (%s>= %s ORDER BY m.key LIMIT %d) AS n WHERE n.golden IS NOT NULL LIMIT 1)`, held, from, near)
	}
	return fmt.Sprintf(`SELECT o.golden, o.key FROM (%s= coalesce(%s, %s) ORDER BY m.record LIMIT %d) AS o WHERE o.golden IS NOT NULL`,
		held, next(key), next(strconv.Itoa(math.MinInt64+1)), mostHolders)
}

// Holders are the golden records under a key, or near it.
func (r *reader) Holders(ctx context.Context, kind model.Kind, key uint64) (ids []model.EntityID, err error) {
	err = r.with(ctx, "looking up who holds a key", func(s Session) error {
		ids, err = all(ctx, s, holders, func(w Writer) {
			w.Int(r.store.number)
			w.Int(signed(key))
			w.Int(int64(kind))
		}, func(rows Rows) model.EntityID { return rows.ID(0) })
		return err
	})
	slices.SortFunc(ids, compareIDs)
	return slices.Compact(ids), err
}

// KeysFrom yields the matching keys from one on.
func (r *reader) KeysFrom(ctx context.Context, from uint64, limit int) iter.Seq2[uint64, error] {
	return limited(limit, func(last *uint64, n int) (page []uint64, err error) {
		at := from
		if last != nil {
			if *last == math.MaxUint64 {
				return nil, nil
			}
			at = *last + 1
		}
		err = r.with(ctx, "reading matching keys", func(s Session) error {
			page, err = all(ctx, s, matchKeysFrom, func(w Writer) {
				w.Int(r.store.number)
				w.Int(signed(at))
				w.Int(int64(n))
			}, func(rows Rows) uint64 { return unsigned(rows.Int(0)) })
			return err
		})
		return page, err
	})
}

// Waiting yields the dangling references that wait for any of the keys.
func (r *reader) Waiting(ctx context.Context, keys []uint64) iter.Seq2[graph.Dangling, error] {
	return batched(distinct(keys, cmp.Compare[uint64]), func(keys []uint64) (found []graph.Dangling, err error) {
		err = r.with(ctx, "looking up dangling references", func(s Session) error {
			return lookup(ctx, s, waiting, r.tenantArg, len(keys),
				func(i int, w Writer) { w.Int(signed(keys[i])) },
				func(rows Rows) {
					found = append(found, graph.Dangling{Key: keys[rows.Key()], Record: rows.ID(0), Property: property(rows.Int(1))})
				})
		})
		return found, err
	})
}

// DanglingOf yields the dangling references of the records.
func (r *reader) DanglingOf(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Dangling, error] {
	return batched(distinct(records, compareIDs), func(records []model.EntityID) (found []graph.Dangling, err error) {
		err = r.with(ctx, "reading records' dangling references", func(s Session) error {
			return lookup(ctx, s, danglingOf, r.tenantArg, len(records),
				func(i int, w Writer) { w.ID(records[i]) },
				func(rows Rows) {
					found = append(found, graph.Dangling{Key: unsigned(rows.Int(0)), Record: records[rows.Key()], Property: property(rows.Int(1))})
				})
		})
		return found, err
	})
}

// Sealed answers in the order of refs.
func (r *reader) Sealed(ctx context.Context, refs []model.EntityID) ([]graph.Sealed, error) {
	out := make([]graph.Sealed, len(refs))
	err := r.with(ctx, "reading sealed values", func(s Session) error {
		return lookup(ctx, s, sealedByRef, r.tenantArg, len(refs),
			func(i int, w Writer) { w.ID(refs[i]) },
			func(rows Rows) {
				out[rows.Key()] = graph.Sealed{Hash: readHash(rows, 0), KeyID: uint32(rows.Int(1)), Data: readBytes(rows, 2)}
			})
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Ref = refs[i]
	}
	return out, nil
}

// Artifact is the latest of a name.
func (r *reader) Artifact(ctx context.Context, name string) (a graph.Artifact, ok bool, err error) {
	return r.artifact(ctx, latestArtifact, name, func(Writer) {})
}

// ArtifactWith is the latest of a name that has the hash.
func (r *reader) ArtifactWith(ctx context.Context, name string, hash graph.Hash) (a graph.Artifact, ok bool, err error) {
	return r.artifact(ctx, artifactWith, name, func(w Writer) { w.ID(hash) })
}

func (r *reader) artifact(ctx context.Context, st *Statement, name string, more func(Writer)) (a graph.Artifact, ok bool, err error) {
	err = r.with(ctx, "reading an artifact", func(s Session) error {
		a, ok, err = one(ctx, s, st, func(w Writer) {
			w.Int(r.store.number)
			w.Text(name)
			more(w)
		}, func(rows Rows) graph.Artifact {
			return graph.Artifact{Name: name, Hash: readHash(rows, 0), Body: readBytes(rows, 1), Revision: model.Revision(rows.Int(2))}
		})
		return err
	})
	return a, ok, err
}

// SealedBut yields encrypted values that other keys than one have encrypted.
func (r *reader) SealedBut(ctx context.Context, keyID uint32, after model.EntityID, limit int) iter.Seq2[graph.Sealed, error] {
	return limited(limit, func(last *graph.Sealed, n int) (page []graph.Sealed, err error) {
		from := after
		if last != nil {
			from = last.Ref
		}
		err = r.with(ctx, "reading sealed values by key", func(s Session) error {
			page, err = all(ctx, s, sealedBut, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from)
				w.Int(int64(keyID))
				w.Int(int64(n))
			}, func(rows Rows) graph.Sealed {
				return graph.Sealed{Ref: rows.ID(0), Hash: rows.ID(1), KeyID: uint32(rows.Int(2)), Data: readBytes(rows, 3)}
			})
			return err
		})
		return page, err
	})
}

// CountSealed counts the encrypted values, quarantined items and cases under a key.
func (r *reader) CountSealed(ctx context.Context, keyID uint32) (n int64, err error) {
	err = r.with(ctx, "counting sealed values", func(s Session) error {
		n, _, err = one(ctx, s, countSealed, func(w Writer) {
			w.Int(r.store.number)
			w.Int(int64(keyID))
		}, func(rows Rows) int64 { return rows.Int(0) + rows.Int(1) + rows.Int(2) })
		return err
	})
	return n, err
}
