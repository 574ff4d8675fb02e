package export

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/ontology"
)

// termDef is a term of a JSON-LD context as far as the writer uses it.
type termDef struct {
	name      string
	iri       string
	coercion  string // "", "@id" or a datatype
	lang      string // a default language; noLang for an explicit none
	setting   bool   // @container @set
	languages bool   // @container @language
	usable    bool
}

// noLang is a term's "@language": null: its strings have no language whatever
// the default.
const noLang = "\x00"

// active is a JSON-LD context that is in force for a node: which terms a
// predicate may be written with.
type active struct {
	terms  map[string]termDef
	byIRI  map[string][]termDef // usable terms, the preferred one first
	scheme map[string]bool      // every defined name: what "name:" would be taken for
	lang   string               // default language
}

// partNames are the names of the properties of nodes that hang on others.
var partNames = func() map[string]bool {
	names := map[string]bool{}
	for _, s := range ontology.Structures() {
		for _, p := range s.Properties {
			names[p.Name] = true
		}
	}
	return names
}()

// ldContext is the published context: the terms of the document and, by class
// term, those that a node of the class adds (JSON-LD 1.1 type-scoped contexts,
// which do not reach the nodes below).
type ldContext struct {
	top     map[string]any
	classes map[string][]string // by class IRI, in name order
	scoped  map[string]map[string]any
	cache   map[string]*active // by the class terms of a node
}

// parseContext reads a context document. It refuses what the writer does not
// follow, so that a context which would change the meaning of what is written
// is found at once.
func parseContext(document []byte) (*ldContext, error) {
	var doc struct {
		Context map[string]any `json:"@context"`
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("JSON-LD context: want one object under @context: %w", err)
	}
	c := &ldContext{top: doc.Context, classes: map[string][]string{}, scoped: map[string]map[string]any{}, cache: map[string]*active{}}
	top, err := c.activate(nil, false)
	if err != nil {
		return nil, err
	}
	for name, d := range top.terms {
		c.classes[d.iri] = append(c.classes[d.iri], name)
		if def, ok := doc.Context[name].(map[string]any); ok && def["@context"] != nil {
			scoped, ok := def["@context"].(map[string]any)
			if !ok {
				return nil, fmt.Errorf("JSON-LD context: the context of %s is not an object", name)
			}
			c.scoped[name] = scoped
		}
	}
	for iri := range c.classes {
		slices.SortFunc(c.classes[iri], func(a, b string) int {
			// A term with a context of its own is a class's, rather than a property's.
			if x, y := c.scoped[a] != nil, c.scoped[b] != nil; x != y {
				if x {
					return -1
				}
				return 1
			}
			return strings.Compare(a, b)
		})
	}
	for name := range c.scoped {
		if _, err := c.activate([]string{name}, false); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// activate is the context of a node with the class terms, which are sorted. Of
// terms that say the same, a node that hangs on another prefers those of
// structures, and any other node the others.
func (c *ldContext) activate(classes []string, hangs bool) (*active, error) {
	key := strings.Join(classes, " ")
	if hangs {
		key += " #"
	}
	if a := c.cache[key]; a != nil {
		return a, nil
	}
	a := &active{terms: map[string]termDef{}, byIRI: map[string][]termDef{}, scheme: map[string]bool{}}
	layers := []map[string]any{c.top}
	for _, class := range classes {
		layers = append(layers, c.scoped[class])
	}
	for _, layer := range layers {
		if err := a.extend(layer); err != nil {
			return nil, err
		}
	}
	for _, d := range a.terms {
		if d.usable {
			a.byIRI[d.iri] = append(a.byIRI[d.iri], d)
		}
	}
	for _, defs := range a.byIRI {
		slices.SortFunc(defs, func(x, y termDef) int {
			if p, q := partNames[x.name], partNames[y.name]; p != q {
				if p == hangs {
					return -1
				}
				return 1
			}
			return strings.Compare(x.name, y.name)
		})
	}
	c.cache[key] = a
	return a, nil
}

func (a *active) extend(layer map[string]any) error {
	for name, v := range layer {
		switch name {
		case "@version", "@protected", "@vocab":
		case "@propagate":
			if v != false {
				return fmt.Errorf("JSON-LD context: @propagate must be false")
			}
		case "@language":
			a.lang, _ = v.(string)
		default:
			if strings.HasPrefix(name, "@") {
				return fmt.Errorf("JSON-LD context: %s is not followed by the writer", name)
			}
			a.scheme[name] = true
		}
	}
	for name := range layer {
		if strings.HasPrefix(name, "@") {
			continue
		}
		d, err := a.define(layer, name, 0)
		if err != nil {
			return err
		}
		a.terms[name] = d
	}
	return nil
}

// define reads a term of a layer.
func (a *active) define(layer map[string]any, name string, depth int) (termDef, error) {
	d := termDef{name: name}
	switch v := layer[name].(type) {
	case nil: // a term taken away
		return d, nil
	case string:
		d.iri = a.expand(layer, v, depth)
		d.usable = !strings.HasPrefix(d.iri, "@")
	case map[string]any:
		id, ok := v["@id"].(string)
		if !ok {
			id = name
		}
		d.iri = a.expand(layer, id, depth)
		d.usable = v["@reverse"] == nil && v["@prefix"] != true && !strings.HasPrefix(d.iri, "@")
		if t, ok := v["@type"].(string); ok {
			d.coercion = a.expand(layer, t, depth)
		}
		if lang, ok := v["@language"]; ok {
			if d.lang, ok = lang.(string); !ok {
				d.lang = noLang
			}
		}
		for _, container := range containers(v["@container"]) {
			switch container {
			case "@set":
				d.setting = true
			case "@language":
				d.languages = true
			default:
				d.usable = false
			}
		}
		for _, other := range []string{"@nest", "@index", "@direction", "@import"} {
			if v[other] != nil {
				d.usable = false
			}
		}
		if d.coercion != "" && strings.HasPrefix(d.coercion, "@") && d.coercion != "@id" && d.coercion != "@none" {
			d.usable = false
		}
		if d.coercion == "@none" {
			d.coercion = ""
		}
	default:
		return d, fmt.Errorf("JSON-LD context: %s is neither a string nor an object", name)
	}
	if d.usable && !validIRI(d.iri) {
		return d, fmt.Errorf("JSON-LD context: %s is not an absolute IRI", name)
	}
	return d, nil
}

// maxDepth bounds the prefixes of prefixes; a context that refers to itself is
// then no IRI.
const maxDepth = 8

func (a *active) expand(layer map[string]any, s string, depth int) string {
	if strings.HasPrefix(s, "@") || depth > maxDepth {
		return s
	}
	prefix, local, ok := strings.Cut(s, ":")
	if !ok {
		prefix, local = s, ""
	}
	if strings.HasPrefix(local, "//") {
		return s
	}
	if _, defined := layer[prefix]; defined {
		if d, err := a.define(layer, prefix, depth+1); err == nil && d.iri != "" && d.iri != prefix {
			return d.iri + local
		}
	}
	if d, defined := a.terms[prefix]; defined {
		return d.iri + local
	}
	return s
}

func containers(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			s, _ := e.(string)
			out = append(out, s)
		}
	}
	return out
}

// fit says how an object is written under a term.
type fit uint8

const (
	unfit    fit = iota
	explicit     // as a value or node object
	bare         // as a string, number or boolean
)

// fits tells how an object can be written under a term in this context.
func (a *active) fits(d *termDef, o *quads.Term) fit {
	if o.Kind == quads.IRI {
		switch {
		case d.languages:
			return unfit
		case d.coercion == "@id":
			return bare
		}
		return explicit
	}
	lang := d.lang
	if lang == "" {
		lang = a.lang
	}
	switch {
	case d.languages:
		if o.Lang != "" {
			return bare
		}
		return unfit
	case o.Lang != "":
		if d.coercion == "" && strings.EqualFold(lang, o.Lang) {
			return bare
		}
	case o.Datatype == "" || o.Datatype == xsdString:
		if d.coercion == xsdString || d.coercion == "" && (lang == "" || lang == noLang) {
			return bare
		}
	case d.coercion == o.Datatype:
		return bare
	case o.Datatype == xsdBoolean && d.coercion == "" && (o.Value == "true" || o.Value == "false"):
		return bare
	}
	return explicit
}

// pick is the term to write an object with: one under which it is bare rather
// than explicit, and of those the one that the object's own address names
// ({iri}#phone-1); ok is false when none will do.
func (a *active) pick(predicate string, o *quads.Term) (d *termDef, f fit) {
	defs := a.byIRI[predicate]
	for i := range defs {
		g := a.fits(&defs[i], o)
		if g > f || g == f && f != unfit && len(defs) > 1 && named(o, defs[i].name) {
			d, f = &defs[i], g
		}
	}
	return d, f
}

// named tells whether an object is a node whose fragment starts with the name.
func named(o *quads.Term, name string) bool {
	if o.Kind != quads.IRI {
		return false
	}
	at := strings.LastIndexByte(o.Value, '#')
	rest, ok := strings.CutPrefix(o.Value[at+1:], name)
	return at >= 0 && ok && strings.HasPrefix(rest, "-")
}
