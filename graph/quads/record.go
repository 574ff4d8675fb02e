package quads

import (
	"slices"
	"strconv"
	"time"

	"github.com/karna-registry/karna/model"
)

// RecordInfo is what a record's quads need beside the record: what it is part
// of, and what its references resolve to.
type RecordInfo struct {
	ID       model.EntityID // the record's own
	Golden   model.EntityID // what its cluster is published as
	Source   model.Source
	Kind     model.Kind
	Revision model.Revision // since when this version holds; 0 leaves it out
	// Resolve answers with the golden id of a reference; nil resolves none.
	Resolve func(model.Reference) (to model.EntityID, ok bool)
}

// AppendRecord appends a record as a named graph, for provenance. To render
// many, keep a Renderer.
func AppendRecord(dst []Quad, base string, info RecordInfo, rec *model.Record) []Quad {
	return NewRenderer(base).AppendRecord(dst, info, rec)
}

// AppendRecord appends a record as a named graph {base}/record/{id}: what it
// says about the golden record it is part of, each qualified value with its
// original text. What the graph is stands in the default graph. A record's
// local id is not written: it may be personal.
func (r *Renderer) AppendRecord(dst []Quad, info RecordInfo, rec *model.Record) []Quad {
	if int(info.Kind) >= len(r.paths) || info.Kind == model.KindUnknown {
		return dst
	}
	graph := r.entity(r.arena.join2(r.base, "/record/"), info.ID)
	subject := r.entity(r.paths[info.Kind], info.Golden)
	dst = r.quad(dst, graph, rdfType, iri(classRecord))
	dst = r.quad(dst, graph, primaryTopic, iri(subject))
	dst = r.quad(dst, graph, dctSource, iri(SourceIRI(r.base, info.Source)))
	if !rec.Stamp.IsZero() {
		dst = r.quad(dst, graph, dctModified, Term{Kind: Literal, Value: rec.Stamp.UTC().Format(time.RFC3339Nano), Datatype: xsdDateTime})
	}
	if info.Revision != 0 {
		dst = r.quad(dst, graph, revision, Term{Kind: Literal, Value: strconv.FormatInt(int64(info.Revision), 10), Datatype: xsdInteger})
	}

	statements := slices.Clone(rec.Statements)
	slices.SortStableFunc(statements, func(a, b model.Statement) int { return int(a.Property) - int(b.Property) })
	values := make([]model.GoldenValue, len(statements))
	originals := make([]string, len(statements))
	for i, s := range statements {
		if l, ok := s.Value.(model.Link); ok {
			if !publishable(model.Identifier{Scheme: l.Ref.Scheme, Seal: l.Ref.Seal}) {
				s.Original = ""
			}
			if info.Resolve != nil {
				if to, ok := info.Resolve(l.Ref); ok {
					l.To = to
					s.Value = l
				}
			}
		}
		values[i] = model.GoldenValue{Property: s.Property, Value: s.Value, Period: s.Period}
		originals[i] = s.Original
	}
	r.graph, r.originals = graph, originals
	defer func() { r.graph, r.originals = "", nil }()
	return r.append(dst, subject, graph, info.Kind, rec.Period, values)
}
