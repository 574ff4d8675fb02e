package ontology

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// turtle writes the ontology's own documents: a few hundred statements of terms
// and labels that this package names itself.
type turtle struct{ b bytes.Buffer }

func (t *turtle) prefixes(prefixes []string) {
	for _, p := range prefixes {
		_, _ = fmt.Fprintf(&t.b, "@prefix %s: <%s> .\n", p, Expand(p+":"))
	}
}

// subject writes a subject with its predicates and objects, two by two; an
// object that is empty leaves its predicate out.
func (t *turtle) subject(name string, pairs ...string) {
	t.b.WriteString("\n" + name)
	separator := " "
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		t.b.WriteString(separator + pairs[i] + " " + pairs[i+1])
		separator = " ;\n    "
	}
	t.b.WriteString(" .\n")
}

// tagged is a literal in a language, or empty for no text.
func tagged(text, lang string) string {
	if text == "" {
		return ""
	}
	return quoted(text) + "@" + lang
}

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text) + `"`
}

// words turns a camelCase name into the words it is made of: "isMainEmployment"
// to "is main employment".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
