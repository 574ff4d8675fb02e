package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Held is everything that the store has about the person that an id leads to, or
// about an organisation: what its records have said, live and retracted, the roles
// that it holds or that are on its behalf, and where others refer to it. It goes
// over all documents. ErrUnknownRecord.
func (r *Registry) Held(ctx context.Context, id model.EntityID) (*subject.Held, error) {
	for {
		key, err := r.use(ctx)
		if err != nil {
			return nil, err
		}
		out, err := r.held(ctx, r.store, id)
		if again, errUse := r.use(ctx); again == key || errUse != nil {
			return out, errors.Join(err, errUse)
		}
	}
}

func (r *Registry) held(ctx context.Context, from graph.Reader, id model.EntityID) (*subject.Held, error) {
	heads, err := from.HeadsByID(ctx, []model.EntityID{id})
	if err != nil {
		return nil, fmt.Errorf("read record head %s: %w", id, err)
	}
	if heads[0].ID.IsZero() {
		return nil, fmt.Errorf("golden record %s: %w", id, ErrUnknownRecord)
	}
	out := &subject.Held{ID: heads[0].Golden, Kind: heads[0].Key.Kind}
	var own []graph.Head
	for h, err := range from.HeadsOf(ctx, []model.EntityID{out.ID}) {
		if err != nil {
			return nil, fmt.Errorf("read the records of %s: %w", id, err)
		}
		own = append(own, h)
	}
	if out.Records, err = r.told(ctx, from, own); err != nil {
		return nil, err
	}
	t, err := r.tracesOf(ctx, from, out)
	if err != nil {
		return nil, err
	}
	return out, r.findReferring(ctx, from, out, t)
}

// told is what records have said, oldest first, sealed values open.
func (r *Registry) told(ctx context.Context, from graph.Reader, heads []graph.Head) ([]subject.Record, error) {
	out := make([]subject.Record, len(heads))
	var versions []*subject.Version
	for i, h := range heads {
		out[i].Head = h
		for v, err := range from.History(ctx, h.ID) {
			if err != nil {
				return nil, fmt.Errorf("read the history of record %s: %w", h.ID, err)
			}
			out[i].Versions = append(out[i].Versions, subject.Version{Version: v, Key: h.Key})
		}
		for k := range out[i].Versions {
			versions = append(versions, &out[i].Versions[k])
		}
	}
	return out, r.open(ctx, from, versions)
}

// open decodes versions and opens what is sealed in them.
func (r *Registry) open(ctx context.Context, from graph.Reader, versions []*subject.Version) error {
	var refs []model.EntityID
	for _, v := range versions {
		if v.Doc == nil {
			continue
		}
		rec, err := document.DecodeRecord(v.Doc)
		if err != nil {
			return fmt.Errorf("record %s at revision %d: %w", v.ID, v.Revision, err)
		}
		rec.Key = v.Key
		v.Record = rec
		refs = sealRefs(refs, rec)
	}
	opened, err := r.unseal(ctx, from, refs)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Record != nil {
			fillSealed(v.Record, opened)
		}
	}
	return nil
}

// traces are what a reference to records is known by.
type traces struct {
	keys  map[model.RecordKey]bool
	seals map[model.EntityID]bool // of references by a sealed identifier of theirs
	ids   map[model.Identifier]bool
}

// refers tells whether a value refers to the records.
func (t *traces) refers(v model.Value) bool {
	l, ok := v.(model.Link)
	return ok && (t.keys[l.Ref.Key] || t.seals[l.Ref.Seal] || l.Ref.ByIdentifier() && t.ids[model.Identifier{Scheme: l.Ref.Scheme, Value: l.Ref.Value}])
}

// needles are what a document that refers to the records holds.
func (t *traces) needles() [][]byte {
	var out [][]byte
	for k := range t.keys {
		out = append(out, []byte(k.LocalID))
	}
	for ref := range t.seals {
		out = append(out, ref[:])
	}
	for id := range t.ids {
		out = append(out, []byte(id.Value))
	}
	return out
}

// tracesOf is what references to what is held are known by. An identifier that
// another's record has too is not one of them.
func (r *Registry) tracesOf(ctx context.Context, from graph.Reader, held *subject.Held) (*traces, error) {
	t := &traces{keys: map[model.RecordKey]bool{}, seals: map[model.EntityID]bool{}, ids: map[model.Identifier]bool{}}
	mine := map[model.EntityID]bool{}
	identifiers := map[model.Identifier]bool{} // and whether it is sealed
	for i := range held.Records {
		rec := &held.Records[i]
		mine[rec.Head.ID] = true
		t.keys[rec.Head.Key] = true
		for _, v := range rec.Versions {
			if v.Record == nil {
				continue
			}
			for _, st := range v.Record.Statements {
				if id, ok := st.Value.(model.Identifier); ok && id.Value != "" {
					identifiers[model.Identifier{Scheme: id.Scheme, Value: id.Value}] = !id.Seal.IsZero()
				}
			}
		}
	}
	var hashes []graph.Hash
	for id, sealed := range identifiers {
		shared := false
		for mk, err := range from.MatchKeys(ctx, []uint64{r.identifierKey(held.Kind, id.Scheme, id.Value)}) {
			if err != nil {
				return nil, fmt.Errorf("look up an identifier: %w", err)
			}
			shared = shared || !mine[mk.Record]
		}
		if shared {
			held.Shared = append(held.Shared, id)
			continue
		}
		if !sealed {
			t.ids[id] = true
			continue
		}
		hashes = append(hashes, graph.Hash(r.keys.HashStrings(seal.DomainSealed, string(id.Scheme), id.Value)))
	}
	if len(hashes) == 0 {
		return t, nil
	}
	for ref, err := range from.SealedAs(ctx, hashes) {
		if err != nil {
			return nil, fmt.Errorf("look up sealed values: %w", err)
		}
		t.seals[ref] = true
	}
	return t, nil
}

// findReferring finds the versions that refer to what is held: those of roles that
// are the person's, whole, and of other records by themselves.
func (r *Registry) findReferring(ctx context.Context, from graph.Reader, held *subject.Held, t *traces) error {
	found, err := r.referring(ctx, from, t)
	if err != nil {
		return err
	}
	var ids []model.EntityID
	for _, v := range found {
		ids = append(ids, v.ID)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	ids = slices.DeleteFunc(ids, func(id model.EntityID) bool {
		return slices.ContainsFunc(held.Records, func(rec subject.Record) bool { return rec.Head.ID == id })
	})
	heads, err := from.HeadsByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	records, err := r.told(ctx, from, heads)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if held.Kind == model.Person && isTheirs(&rec, t) {
			held.Roles = append(held.Roles, rec)
			continue
		}
		for _, v := range rec.Versions {
			if v.Record == nil {
				continue
			}
			for i := range v.Record.Statements {
				if t.refers(v.Record.Statements[i].Value) {
					v.Refers = append(v.Refers, i)
				}
			}
			if len(v.Refers) > 0 {
				held.Mentions = append(held.Mentions, v)
			}
		}
	}
	return nil
}

// referring are the versions whose statements refer to records.
func (r *Registry) referring(ctx context.Context, from graph.Reader, t *traces) ([]graph.Version, error) {
	var out []graph.Version
	needles := t.needles()
	if len(needles) == 0 {
		return nil, nil
	}
	for v, err := range from.VersionsWith(ctx, needles) {
		if err != nil {
			return nil, fmt.Errorf("search the records: %w", err)
		}
		rec, err := document.DecodeRecord(v.Doc)
		if err != nil {
			return nil, fmt.Errorf("record %s at revision %d: %w", v.ID, v.Revision, err)
		}
		if slices.ContainsFunc(rec.Statements, func(st model.Statement) bool { return t.refers(st.Value) }) {
			out = append(out, v)
		}
	}
	return out, nil
}

// isTheirs tells whether a role is one person's, as all but posts are that link to
// a person as holder or principal: a post is there whoever holds it.
func isTheirs(rec *subject.Record, t *traces) bool {
	if rec.Head.Key.Kind != model.Role {
		return false
	}
	theirs := false
	for _, v := range rec.Versions {
		if v.Record == nil {
			continue
		}
		if subject.IsPost(v.Record) {
			return false
		}
		for _, st := range v.Record.Statements {
			theirs = theirs || (st.Property == ontology.RoleHolder || st.Property == ontology.RoleOnBehalfOf) && t.refers(st.Value)
		}
	}
	return theirs
}

// QuarantineOf are the quarantined items that name whom something is held of.
func (r *Registry) QuarantineOf(ctx context.Context, held *subject.Held) ([]graph.Quarantined, error) {
	return r.quarantineNaming(ctx, r.store, held.All())
}
