package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// representation is a way to read one record as a document.
type representation struct {
	ending string // of the address
	media  string
	format export.Format
}

// representations are in the order in which they are preferred when a caller
// has no preference.
var representations = []representation{
	{"jsonld", "application/ld+json", export.JSONLD},
	{"ttl", "text/turtle", export.Turtle},
	{"nq", "application/n-quads", export.NQuads},
	{"nt", "application/n-triples", export.NTriples},
}

// resource answers the address of a thing (open-data.md). A thing cannot be
// sent, so its address leads to the document that the caller prefers; a
// document has an address of its own. An id that was merged leads for ever to
// what it was merged into, and one that was published and is withdrawn is gone.
func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	kind, err := model.ParseKind(r.PathValue("kind"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	name, ending, _ := strings.Cut(r.PathValue("name"), ".")
	var wanted *representation
	if ending != "" {
		if wanted = byEnding(ending); wanted == nil {
			http.NotFound(w, r)
			return
		}
	}
	id, err := model.ParseEntityID(name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	view, reads, ok := s.reading(w, r, "address of a "+kind.String())
	if !ok {
		return
	}
	e, err := view.Entity(r.Context(), id)
	switch {
	case errors.Is(err, access.ErrNotFound) || err == nil && e.Kind != kind:
		s.missing(w, r, view, id)
	case err != nil:
		s.failed(w, r, "read a record", err)
	case reads.Done(r.Context()) != nil:
		s.failed(w, r, "tell of a read in the audit", errUntold)
	case e.ID.String() != name:
		http.Redirect(w, r, address(kind, e.ID, ending), http.StatusPermanentRedirect)
	case wanted == nil:
		seeDocument(w, r, kind, e.ID)
	default:
		s.send(w, r, reads, wanted.media, wanted.format, view.QuadsOf(e.ID))
	}
}

// reading begins the reads of one answer for whoever sent a request; ok is false when
// they are turned away. Who may see a record can change from one request to the next.
func (s *Server) reading(w http.ResponseWriter, r *http.Request, operation string) (view *access.View, reads *access.Reads, ok bool) {
	caller, err := s.caller(r)
	if err != nil {
		s.turnAway(w, r, err)
		return nil, nil, false
	}
	view, reads = caller.View.Together(operation)
	w.Header().Set("Cache-Control", "no-cache")
	return view, reads, true
}

// seeDocument leads to the document of a thing that the caller prefers.
func seeDocument(w http.ResponseWriter, r *http.Request, kind model.Kind, id model.EntityID) {
	as := preferred(r)
	if as == nil {
		http.Error(w, notAcceptable, http.StatusNotAcceptable)
		return
	}
	http.Redirect(w, r, address(kind, id, as.ending), http.StatusSeeOther)
}

func (s *Server) missing(w http.ResponseWriter, r *http.Request, view *access.View, id model.EntityID) {
	gone, err := view.Gone(r.Context(), id)
	switch {
	case err != nil:
		s.failed(w, r, "look for a record", err)
	case gone:
		http.Error(w, "The record was here and is no more.", http.StatusGone)
	default:
		http.NotFound(w, r)
	}
}

// turnAway answers somebody whose login does not hold.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *gql.Refusal
	if !errors.As(err, &refusal) {
		s.failed(w, r, "find out who asks", err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusForbidden
	switch refusal.Code {
	case gql.CodeUnauthenticated:
		w.Header().Set("Www-Authenticate", `Bearer realm="karna"`)
		status = http.StatusUnauthorized
	case gql.CodeBadInput:
		status = http.StatusBadRequest
	case gql.CodeTimeout:
		status = http.StatusServiceUnavailable
	}
	http.Error(w, refusal.Text, status)
}

func (s *Server) failed(w http.ResponseWriter, r *http.Request, what string, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	s.config.Log.ErrorContext(r.Context(), "server: could not "+what, "error", err)
	http.Error(w, "The registry could not answer.", http.StatusInternalServerError)
}

// errUntold is why an answer is not given when the audit cannot be written.
var errUntold = errors.New("a restricted read is not answered before it is in the audit")

// send sends quads as a document. Of a protected person whose flag is all that the
// caller sees there are none.
func (s *Server) send(w http.ResponseWriter, r *http.Request, reads *access.Reads, media string, format export.Format, from quads.QuadSource) {
	var b bytes.Buffer
	stats, err := export.Run(r.Context(), from, &b, format, export.Options{ContextIRI: s.config.BaseIRI + "/context.jsonld"})
	switch {
	case err != nil:
		s.failed(w, r, "write a record", err)
	case reads.Done(r.Context()) != nil:
		s.failed(w, r, "tell of a read in the audit", errUntold)
	case stats.Entities == 0:
		http.NotFound(w, r)
	default:
		sendText(w, r, media, b.Bytes())
	}
}

// address is relative to this server, which may be reached by another name than
// the published one.
func address(kind model.Kind, id model.EntityID, ending string) string {
	a := "/id/" + kind.String() + "/" + id.String()
	if ending != "" {
		a += "." + ending
	}
	return a
}

func byEnding(ending string) *representation {
	for i := range representations {
		if representations[i].ending == ending {
			return &representations[i]
		}
	}
	return nil
}

// preferred is the representation that a caller likes best, the first where he has
// no preference; nil where he takes none of them.
func preferred(r *http.Request) (best *representation) {
	ranges := accepted(r)
	if len(ranges) == 0 {
		return &representations[0]
	}
	bestQ := 0.0
	for i := range representations {
		if q := quality(ranges, representations[i].media); q > bestQ {
			best, bestQ = &representations[i], q
		}
	}
	return best
}

// notAcceptable tells a caller who takes no representation which there are.
var notAcceptable = func() string {
	var b strings.Builder
	b.WriteString("There is no such representation. There are:\n")
	for _, r := range representations {
		b.WriteString(r.media + " (." + r.ending + ")\n")
	}
	return b.String()
}()
