package subject

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// node is a JSON-LD node.
type node map[string]any

// WriteJSONLD writes a dossier as one JSON-LD document under the registry's context,
// which stands in it: whoever gets the document needs nothing else to read it.
func WriteJSONLD(w io.Writer, d *Dossier) error {
	var context struct {
		Context json.RawMessage `json:"@context"`
	}
	if err := json.Unmarshal(ontology.Context(), &context); err != nil {
		return fmt.Errorf("read the JSON-LD context: %w", err)
	}
	doc := node{
		"@context": context.Context, "@type": "karna:SubjectAccess",
		"dct:subject": node{"@id": d.IRI}, "dct:created": instant(d.At), "karna:kind": d.Kind.String(),
		"karna:actor": d.Actor, "karna:purpose": d.Purpose,
		"karna:source": list(d.Sources, sourceNode), "karna:goldenValue": list(d.Golden, valueNode),
		"karna:mention":  list(d.Mentions, mentionNode),
		"karna:decision": list(d.Decisions, decisionNode), "karna:pair": list(d.Pairs, pairNode), "karna:quarantined": list(d.Quarantine, quarantinedNode),
		"karna:audit": list(d.Looked, auditNode), "karna:recipient": list(d.Recipients, recipientNode),
	}
	if len(d.Withheld) > 0 {
		doc["karna:withheld"] = d.Withheld
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write the access request as JSON-LD: %w", err)
	}
	return nil
}

func list[T any](from []T, f func(*T) node) []node {
	out := make([]node, len(from))
	for i := range from {
		out[i] = f(&from[i])
	}
	return out
}

// put adds what is not empty.
func (n node) put(name, value string) {
	if value != "" {
		n[name] = value
	}
}

func instant(t time.Time) any {
	return node{"@value": t.UTC().Format(time.RFC3339), "@type": "xsd:dateTime"}
}

func (n node) putTime(name string, t time.Time) {
	if !t.IsZero() {
		n[name] = instant(t)
	}
}

func sourceNode(s *Source) node {
	n := node{"@type": "karna:Source", "dct:title": s.Name, "karna:record": list(s.Records, partNode)}
	for name, value := range map[string]string{
		"karna:authority": s.Authority, "karna:owner": s.Owner, "karna:purpose": s.Purpose, "karna:legalBasis": s.LegalBasis, "karna:retention": s.Retention,
	} {
		n.put(name, value)
	}
	return n
}

func partNode(p *Part) node {
	return node{
		"@type": "karna:Record", "@id": "urn:uuid:" + p.ID.String(), "karna:kind": p.Kind.String(), "dct:identifier": p.LocalID, "karna:live": p.Live,
		"karna:version": list(p.Said, saidNode),
	}
}

func saidNode(s *Said) node {
	n := node{"@type": "karna:RecordVersion", "karna:revision": s.Revision, "karna:retracted": s.Retracted, "karna:statement": list(s.Values, valueNode)}
	n.putTime("prov:generatedAtTime", s.At)
	n.putTime("dct:modified", s.Stamp)
	n.put("karna:delivery", s.Delivery)
	if len(s.Issues) > 0 {
		n["karna:issue"] = list(s.Issues, issueNode)
	}
	return n
}

func issueNode(i *Issue) node {
	n := node{"@type": "karna:Issue", "karna:code": string(i.Code), "karna:reason": i.Text}
	if row := ontology.ByID(i.Property); row != nil {
		n["rdf:predicate"] = node{"@id": ontology.Expand(row.RDF)}
		n["rdfs:label"] = node{"@value": i.Label(), "@language": "sv"}
	}
	n.put("karna:place", i.Place)
	n.put("karna:original", i.Original)
	return n
}

func valueNode(v *Value) node {
	n := node{"@type": "rdf:Statement", "rdf:object": v.Text, "rdfs:label": node{"@value": v.Label(), "@language": "sv"}}
	if row := ontology.ByID(v.Property); row != nil {
		n["rdf:predicate"] = node{"@id": ontology.Expand(row.RDF)}
	}
	n.put("karna:original", v.Original)
	n.put("karna:rule", v.Rule)
	if v.Period != (model.Period{}) {
		n["karna:period"] = v.Period.String()
	}
	if len(v.Sources) > 0 {
		n["karna:statedBy"] = v.Sources
	}
	return n
}

func mentionNode(m *Mention) node {
	n := valueNode(&m.Value)
	delete(n, "rdf:object") // the person
	n["@type"], n["karna:sourceName"], n["karna:kind"], n["dct:title"] = "karna:Mention", m.Source, m.Kind.String(), m.What
	n.putTime("prov:generatedAtTime", m.At)
	n.put("karna:delivery", m.Delivery)
	return n
}

func decisionNode(d *Decision) node {
	n := node{"@type": "karna:Decision", "karna:actor": d.Actor, "karna:verdict": d.Verdict}
	n.putTime("dct:created", d.At)
	n.put("karna:reason", d.Reason)
	return n
}

func pairNode(p *Pair) node {
	return node{"@type": "karna:Pair", "karna:weight": p.Weight, "karna:band": p.Band, "karna:together": p.Together}
}

func quarantinedNode(q *Quarantined) node {
	n := node{"@type": "karna:Quarantined", "karna:sourceName": q.Source, "karna:place": q.Place, "karna:reason": q.Reason}
	n.putTime("dct:created", q.At)
	return n
}

func auditNode(e *audit.Read) node {
	n := node{"@type": "karna:AuditEntry", "karna:number": e.Number, "karna:actor": e.Actor, "karna:operation": e.Operation}
	n.putTime("dct:created", e.At)
	n.put("karna:role", e.Role)
	n.put("karna:purpose", e.Purpose)
	return n
}

func recipientNode(r *Recipient) node {
	n := node{"@type": "karna:Recipient", "karna:actor": r.Actor, "karna:times": r.Times, "karna:operation": r.Operations}
	n.put("karna:role", r.Role)
	n.putTime("karna:first", r.First)
	n.putTime("karna:last", r.Last)
	return n
}
