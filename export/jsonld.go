package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/ontology"
)

var xsdBoolean = ontology.Expand("xsd:boolean")

// jsonld writes an entity as one node with those that hang on it inside, under
// the terms of a context that readers fetch by its address.
type jsonld struct {
	checked
	context *ldContext
	ref     []byte // the value of @context
	framed  bool

	actives map[string]*classes
	nodes   []span
	scratch []byte
	keys    []key
}

// classes is what the classes of a node come to: the terms in its @type and
// the context that they bring.
type classes struct {
	names  []string // as written
	active *active
}

// span is the quads of one subject in a group.
type span struct {
	from, to int
	written  bool
}

// key is how a quad of the node being written is said.
type key struct {
	name string
	def  *termDef
	fit  fit
	done bool
}

func newJSONLD(document []byte, contextIRI string, framed bool) (*jsonld, error) {
	c, err := parseContext(document)
	if err != nil {
		return nil, err
	}
	j := &jsonld{checked: newChecked(), context: c, framed: framed, actives: map[string]*classes{}}
	if contextIRI != "" {
		if !validIRI(contextIRI) {
			return nil, fmt.Errorf("the context's address: %w", ErrInvalidIRI)
		}
		j.ref = appendJSON(nil, contextIRI)
		return j, nil
	}
	var doc struct {
		Context json.RawMessage `json:"@context"`
	}
	var compact bytes.Buffer
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("JSON-LD context: %w", err)
	}
	if err := json.Compact(&compact, doc.Context); err != nil {
		return nil, fmt.Errorf("JSON-LD context: %w", err)
	}
	j.ref = compact.Bytes()
	return j, nil
}

func appendJSON(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s, &jsonEscape), '"')
}

func (j *jsonld) header(dst []byte) []byte {
	if !j.framed {
		return dst
	}
	return append(append(append(dst, `{"@context":`...), j.ref...), `,"@graph":[`+"\n"...)
}

func (j *jsonld) footer(dst []byte) []byte {
	if !j.framed {
		return dst
	}
	return append(dst, "\n]}\n"...)
}

// separator stands between entities; a line ends with its own.
func (j *jsonld) separator() string {
	if j.framed {
		return ",\n"
	}
	return ""
}

func (j *jsonld) entity(dst []byte, group []quads.Quad) ([]byte, error) {
	j.nodes = j.nodes[:0]
	for i := range group {
		if err := j.quad(&group[i]); err != nil {
			return dst, err
		}
		if i > 0 && group[i].Subject == group[i-1].Subject {
			j.nodes[len(j.nodes)-1].to = i + 1
		} else {
			j.nodes = append(j.nodes, span{from: i, to: i + 1})
		}
	}
	if len(group) == 0 {
		return dst, nil
	}
	graph := group[0].Graph
	dst = append(dst, '{')
	if !j.framed {
		dst = append(append(append(dst, `"@context":`...), j.ref...), ',')
	}
	mark := len(dst)
	var err error
	if graph == "" {
		if dst, err = j.node(dst, group, 0); err != nil {
			return dst, err
		}
	}
	// What nothing refers to, and the nodes of a named graph, stand in a list. The
	// framed document is one already.
	listed := graph != "" || !j.framed && slices.ContainsFunc(j.nodes, func(s span) bool { return !s.written })
	switch {
	case graph != "":
		dst = append(appendJSON(append(dst, `"@id":`...), graph), `,"@graph":[{`...)
	case listed:
		dst = slices.Insert(dst, mark, []byte(`"@graph":[{`)...)
	}
	more := graph == ""
	for n := range j.nodes {
		if j.nodes[n].written {
			continue
		}
		if more {
			dst = append(dst, `},{`...)
		}
		more = true
		if dst, err = j.node(dst, group, n); err != nil {
			return dst, err
		}
	}
	if listed {
		dst = append(dst, `}]`...)
	}
	dst = append(dst, '}')
	if !j.framed {
		dst = append(dst, '\n')
	}
	return dst, nil
}

// node writes a node's members, without the braces.
func (j *jsonld) node(dst []byte, group []quads.Quad, n int) ([]byte, error) {
	j.nodes[n].written = true
	own := group[j.nodes[n].from:j.nodes[n].to]
	dst = appendJSON(append(dst, `"@id":`...), own[0].Subject)
	class, err := j.classesOf(own)
	if err != nil {
		return dst, err
	}
	if class.active.mistaken(own[0].Subject) || own[0].Graph != "" && class.active.mistaken(own[0].Graph) {
		return dst, fmt.Errorf("subject or graph in JSON-LD: %w", ErrInvalidIRI)
	}
	if len(class.names) > 0 {
		dst = append(dst, `,"@type":`...)
		dst = appendList(dst, class.names)
	}
	base := len(j.keys)
	for i := range own {
		q := &own[i]
		k := key{name: q.Predicate, fit: explicit}
		if q.Predicate == rdfType && q.Object.Kind == quads.IRI {
			k.done = true
		} else if d, f := class.active.pick(q.Predicate, &q.Object); f != unfit {
			k.name, k.def, k.fit = d.name, d, f
		}
		if err := class.active.writable(q.Predicate, &q.Object, k.def); err != nil {
			return dst, err
		}
		j.keys = append(j.keys, k)
	}
	for i := range own {
		if j.keys[base+i].done {
			continue
		}
		if dst, err = j.member(dst, group, own, base, i); err != nil {
			return dst, err
		}
	}
	j.keys = j.keys[:base]
	return dst, nil
}

// writable refuses the IRIs that a reader would take for a term with a prefix.
func (a *active) writable(predicate string, o *quads.Term, d *termDef) error {
	if d == nil && a.mistaken(predicate) {
		return fmt.Errorf("predicate in JSON-LD: %w", ErrInvalidIRI)
	}
	if o.Kind == quads.IRI && a.mistaken(o.Value) {
		return fmt.Errorf("object in JSON-LD: %w", ErrInvalidIRI)
	}
	return nil
}

func (a *active) mistaken(iri string) bool {
	at := strings.IndexByte(iri, ':')
	return !strings.HasPrefix(iri[at+1:], "//") && a.scheme[iri[:at]]
}

// member writes the objects of one key: those of quad i and of every later
// quad that is said with the same key.
func (j *jsonld) member(dst []byte, group, own []quads.Quad, base, i int) ([]byte, error) {
	k := j.keys[base+i]
	count := 0
	for m := i; m < len(own); m++ {
		if o := &j.keys[base+m]; !o.done && o.name == k.name {
			count++
		}
	}
	dst = append(appendJSON(append(dst, ','), k.name), ':')
	if k.def != nil && k.def.languages {
		return j.languageMap(dst, own, base, i, k.name), nil
	}
	list := count > 1 || k.def != nil && k.def.setting
	if list {
		dst = append(dst, '[')
	}
	wrote := false
	var err error
	for m := i; m < len(own); m++ {
		if o := &j.keys[base+m]; o.done || o.name != k.name {
			continue
		}
		if wrote {
			dst = append(dst, ',')
		}
		wrote = true
		f := j.keys[base+m].fit
		j.keys[base+m].done = true
		if dst, err = j.object(dst, group, &own[m].Object, own[0].Subject, f); err != nil {
			return dst, err
		}
	}
	if list {
		dst = append(dst, ']')
	}
	return dst, nil
}

// languageMap writes {"sv": …, "en": […]}, in language order.
func (j *jsonld) languageMap(dst []byte, own []quads.Quad, base, i int, name string) []byte {
	texts := map[string][]string{}
	var tags []string
	for m := i; m < len(own); m++ {
		k := &j.keys[base+m]
		if k.done || k.name != name {
			continue
		}
		k.done = true
		o := &own[m].Object
		if texts[o.Lang] == nil {
			tags = append(tags, o.Lang)
		}
		texts[o.Lang] = append(texts[o.Lang], o.Value)
	}
	slices.Sort(tags)
	dst = append(dst, '{')
	for n, tag := range tags {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = appendList(append(appendJSON(dst, tag), ':'), texts[tag])
	}
	return append(dst, '}')
}

func appendList(dst []byte, values []string) []byte {
	if len(values) == 1 {
		return appendJSON(dst, values[0])
	}
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, v)
	}
	return append(dst, ']')
}

func (j *jsonld) object(dst []byte, group []quads.Quad, o *quads.Term, subject string, f fit) ([]byte, error) {
	if o.Kind == quads.IRI {
		if n := j.inside(group, o.Value, subject); n >= 0 {
			dst, err := j.node(append(dst, '{'), group, n)
			return append(dst, '}'), err
		}
		if f == bare {
			return appendJSON(dst, o.Value), nil
		}
		return append(appendJSON(append(dst, `{"@id":`...), o.Value), '}'), nil
	}
	if f == bare {
		if o.Datatype == xsdBoolean && (o.Value == "true" || o.Value == "false") {
			return append(dst, o.Value...), nil
		}
		return appendJSON(dst, o.Value), nil
	}
	dst = appendJSON(append(dst, `{"@value":`...), o.Value)
	switch {
	case o.Lang != "":
		dst = appendJSON(append(dst, `,"@language":`...), o.Lang)
	case o.Datatype != "" && o.Datatype != xsdString:
		dst = appendJSON(append(dst, `,"@type":`...), o.Datatype)
	}
	return append(dst, '}'), nil
}

// inside finds a node that hangs on the entity and has not been written yet.
func (j *jsonld) inside(group []quads.Quad, iri, subject string) int {
	if len(j.nodes) == 1 || iri == subject || strings.IndexByte(iri, '#') < 0 {
		return -1
	}
	for n := range j.nodes {
		if !j.nodes[n].written && group[j.nodes[n].from].Subject == iri {
			return n
		}
	}
	return -1
}

// classesOf are the classes of a node as terms, and the context they bring.
func (j *jsonld) classesOf(own []quads.Quad) (*classes, error) {
	hangs := strings.IndexByte(own[0].Subject, '#') >= 0
	if j.scratch = j.scratch[:0]; hangs {
		j.scratch = append(j.scratch, "# "...)
	}
	for i := range own {
		if own[i].Predicate == rdfType && own[i].Object.Kind == quads.IRI {
			j.scratch = append(append(j.scratch, own[i].Object.Value...), ' ')
		}
	}
	if c := j.actives[string(j.scratch)]; c != nil {
		return c, nil
	}
	c := &classes{}
	var scoped []string
	top, err := j.context.activate(nil, false)
	if err != nil {
		return nil, err
	}
	for _, iri := range strings.Fields(strings.TrimPrefix(string(j.scratch), "# ")) {
		name := iri
		if terms := j.context.classes[iri]; len(terms) > 0 {
			name = terms[0]
			if j.context.scoped[name] != nil {
				scoped = append(scoped, name)
			}
		} else if top.mistaken(iri) {
			return nil, fmt.Errorf("class in JSON-LD: %w", ErrInvalidIRI)
		}
		c.names = append(c.names, name)
	}
	slices.Sort(scoped)
	scoped = slices.Compact(scoped)
	if c.active, err = j.context.activate(scoped, hangs); err != nil {
		return nil, err
	}
	if len(j.actives) >= maxChecked {
		clear(j.actives)
	}
	j.actives[string(j.scratch)] = c
	return c, nil
}
