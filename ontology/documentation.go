package ontology

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/karna-registry/karna/model"
)

// Documentation is the model's documentation in Markdown: every property of the
// table, every structure and every shipped code list.
func Documentation() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("# The information model")
	line("")
	line("Generated from the property table by `go generate ./ontology`; do not edit. Cardinality `0..1` means at one instant:")
	line("any value may carry a period. `1/language` is one a language. A record is shown to those who may see its class,")
	line("a value to those who may see its property, the stricter of the two.")
	for _, k := range model.Kinds {
		row := kindOf[k]
		name := k.String()
		line("")
		line("## %s%s", strings.ToUpper(name[:1]), name[1:])
		line("")
		var classes []string
		for _, c := range kindClasses {
			if c.Kind == k {
				classes = append(classes, "`"+c.RDF+"`")
			}
		}
		line("Classes: %s. Disclosure of a record: %s%s", strings.Join(classes, ", "), row.Disclosure, exceptions[k])
		line("")
		line("| no. | property | svenska | type | cardinality | RDF | disclosure | meaning |")
		line("|---|---|---|---|---|---|---|---|")
		for _, p := range byKind[k] {
			line("| %d | %s | %s | %s | %s | %s | %s | %s |", p.ID, p.Name, p.LabelSV, p.typeInWords(), p.cardinality(), p.rdfInWords(), p.Disclosure, p.meaning())
		}
	}
	line("")
	line("## Nodes that hang on records")
	line("")
	line("Values with parts, and statements about values, are nodes of their own in RDF, with the IRI `{record}#{property}-{rank}`.")
	for i := range structures {
		s := &structures[i]
		line("")
		line("### %s (`%s`)", s.Name, s.RDF)
		line("")
		line("| part | svenska | RDF | meaning |")
		line("|---|---|---|---|")
		for _, p := range s.Properties {
			line("| %s | %s | `%s` | %s |", p.Name, p.LabelSV, p.RDF, p.Description)
		}
	}
	line("")
	line("## Code lists")
	line("")
	line("| scheme | title | svenska | codes kept by |")
	line("|---|---|---|---|")
	for _, l := range CodeLists() {
		line("| %s | %s | %s | %s |", l.Scheme, l.TitleEN, l.TitleSV, l.Origin)
	}
	return b.Bytes()
}

// exceptions are what widens a kind's disclosure (privacy.md 1); narrowing is
// for every kind.
var exceptions = map[model.Kind]string{
	model.Person:       ", never open.",
	model.Role:         "; a post is open without its holder, and a membership by a recorded decision that the office is public.",
	model.Organisation: "; a sole trader is restricted as a whole.",
	model.Geography:    ".",
	model.Service:      ".",
	model.Concept:      ".",
}

func (p *Property) typeInWords() string {
	switch {
	case len(p.Range) > 0:
		kinds := make([]string, len(p.Range))
		for i, k := range p.Range {
			kinds[i] = k.String()
		}
		return p.Type.String() + " to " + strings.Join(kinds, ", ")
	case p.CodeList != "":
		return p.Type.String() + " of " + p.CodeList
	}
	return p.Type.String()
}

func (p *Property) cardinality() string {
	switch {
	case p.Many:
		return "*"
	case p.Localized:
		return "1/language"
	}
	return "0..1"
}

func (p *Property) rdfInWords() string {
	if p.SubOf != "" {
		return "`" + p.RDF + "` ⊑ `" + p.SubOf + "`"
	}
	return "`" + p.RDF + "`"
}

func (p *Property) meaning() string {
	if p.Derived {
		return p.Description + " Derived, never mapped."
	}
	return p.Description
}
