package gqltest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Generator makes queries that the schema allows, and some that it does not.
type Generator struct {
	*rand.Rand
	schema  *ast.Schema
	Roots   []string // fields of the root that are asked for, one as often as it is here
	IDs     []string // that are asked for
	Cursors []string // of answers
	Numbers []string // values of identifiers that are asked for

	names     int // given so far
	variables []string
	values    map[string]any
	fragments []string
	// conditions are the variables of this query that @skip and @include ask of.
	conditions []string

	asked gql.Request   // the last one, with a mark where a cursor fits
	next  []gql.Request // other pages of what was asked
}

// NewGenerator makes one that asks for what a town has, the same of one seed each time.
func NewGenerator(tb testing.TB, town *Town, seed uint64) *Generator {
	tb.Helper()
	g := newGenerator(seed)
	for h, err := range town.Store.ScanHeads(tb.Context(), "", "") {
		if err != nil {
			tb.Fatal(err)
		}
		// Few of the many codes.
		if h.Key.Kind != model.Concept || g.IntN(20) == 0 {
			g.IDs = append(g.IDs, h.ID.String())
		}
	}
	return g
}

func newGenerator(seed uint64) *Generator {
	return &Generator{
		Rand: rand.New(rand.NewPCG(seed, 0)), Roots: slices.Clone(rootFields), Numbers: slices.Clone(someNumbers),
		schema: gql.NewExecutableSchema(gql.Config{}).Schema(),
	}
}

// someNumbers are identifiers in the usual town, and one that nobody has.
var someNumbers = []string{"189001011239", "18900101-1239", "187707072455", "12345678", "555555-5555", "9899", "SE5555555555-A1", "7"}

var anyCursor = regexp.MustCompile(`"(?:[a-z0-9]*[cC]ursor)":"([^"]+)"`)

// Where a cursor fits: the sort of cursor, the alias of its field, and what stands
// before it.
var cursorMark = regexp.MustCompile("\x01(after|before) (a[0-9]+)([,(])")

// marked are a field's arguments with the place of a cursor, if it takes one.
func marked(f *ast.FieldDefinition, alias string, args []string) string {
	text, open := "", "("
	if len(args) > 0 {
		text, open = "("+strings.Join(args, ", ")+")", ","
	}
	has := func(name string) bool {
		return slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, name+":") })
	}
	if alias == "" || f.Arguments.ForName("after") == nil || has("after") || has("before") {
		return text
	}
	sort := "after"
	if has("last") {
		sort = "before"
	}
	return strings.TrimSuffix(text, ")") + "\x01" + sort + " " + alias + open + strings.Repeat(")", min(len(args), 1))
}

// without is a request without marks, and with one cursor at the mark of a field, if any.
func without(r gql.Request, alias, cursor string) gql.Request {
	r.Query = cursorMark.ReplaceAllStringFunc(r.Query, func(mark string) string {
		m := cursorMark.FindStringSubmatch(mark)
		switch {
		case m[2] != alias:
			return ""
		case m[3] == ",":
			return fmt.Sprintf(", %s: %q", m[1], cursor)
		}
		return fmt.Sprintf("(%s: %q)", m[1], cursor)
	})
	return r
}

// cursorsUnder are the cursors in an answer of the fields that have an alias.
func cursorsUnder(answer any, alias string, inside bool) (out []string) {
	switch a := answer.(type) {
	case []any:
		for _, one := range a {
			out = append(out, cursorsUnder(one, alias, inside)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if text, ok := a[key].(string); ok && inside && strings.HasSuffix(strings.ToLower(key), "cursor") {
				out = append(out, text)
			}
			out = append(out, cursorsUnder(a[key], alias, key == alias || inside && (key == "edges" || key == "pageInfo"))...)
		}
	}
	return out
}

// Learn remembers some of an answer's cursors, and other pages that they lead to.
func (g *Generator) Learn(answer string) {
	var decoded any
	if asked := g.asked; json.Unmarshal([]byte(answer), &decoded) == nil {
		for _, m := range cursorMark.FindAllStringSubmatch(asked.Query, -1) {
			if found := cursorsUnder(decoded, m[2], false); len(found) > 0 {
				g.next = append(g.next, without(asked, m[2], g.one(found...)))
			}
		}
		g.next = g.next[max(0, len(g.next)-20):]
	}
	g.asked = gql.Request{}
	for _, m := range anyCursor.FindAllStringSubmatch(answer, 3) {
		g.Cursors = append(g.Cursors, m[1])
	}
	g.Cursors = g.Cursors[max(0, len(g.Cursors)-400):]
}

// fits tells whether a cursor may be of a field's pages: those of what refers
// begin with r, and then have the number of the property.
func fits(cursor string, f *ast.FieldDefinition) bool {
	const scope = 4 // bytes that say what it belongs to
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	reverse := f.Directives.ForName("reverse")
	if err != nil || reverse == nil {
		return err == nil && b[0] != 'r'
	}
	kind, err := model.ParseKind(strings.ToLower(reverse.Arguments.ForName("kind").Value.Raw))
	if err != nil {
		panic(err)
	}
	p := ontology.ByName(kind, reverse.Arguments.ForName("property").Value.Raw)
	return b[0] == 'r' && binary.BigEndian.Uint32(b[1+scope:]) == uint32(p.ID)
}

func (g *Generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *Generator) often(percent int) bool { return g.IntN(100) < percent }

// rootFields are those that have plans, and some others.
var rootFields = []string{
	"node", "person", "role", "organisation", "geography", "service", "concept",
	"personByIdentifier", "organisationByIdentifier", "geographyByIdentifier",
	"persons", "persons", "roles", "roles", "organisations", "organisations", "geographies", "services", "concepts",
	"__typename", "codeList",
}

// Request is the next query, with its variables; often another page of one that has
// been asked.
func (g *Generator) Request() gql.Request {
	if n := len(g.next); n > 0 && g.often(20) {
		i := g.IntN(n)
		r := g.next[i]
		g.next = slices.Delete(g.next, i, i+1)
		return r
	}
	g.variables, g.values, g.fragments, g.conditions = nil, map[string]any{}, nil, nil
	var body strings.Builder
	query := g.schema.Query
	for range 1 + g.IntN(3) {
		name := g.one(g.Roots...)
		if name == "__typename" {
			body.WriteString(" __typename")
			continue
		}
		g.field(&body, query.Fields.ForName(name), 4)
	}
	head := "query"
	if g.often(20) {
		head += " Q"
	}
	if len(g.variables) > 0 {
		head += "(" + strings.Join(g.variables, ", ") + ")"
	}
	g.asked = gql.Request{Query: head + " {" + body.String() + " } " + strings.Join(g.fragments, " "), Variables: g.values}
	return without(g.asked, "", "")
}

// field writes a field, its arguments and what is selected below it.
func (g *Generator) field(b *strings.Builder, f *ast.FieldDefinition, depth int) {
	b.WriteString(" ")
	var alias string
	var args []string
	for _, a := range f.Arguments {
		if a.Type.NonNull || g.often(25) {
			if v := g.argument(f, a); v != "" {
				args = append(args, a.Name+": "+v)
			}
		}
	}
	// Without an alias of its own a field with arguments is soon in conflict with
	// another.
	if g.often(15) || (len(args) > 0 || g.schema.Types[f.Type.Name()].IsCompositeType()) && !g.often(2) {
		g.names++
		alias = fmt.Sprintf("a%d", g.names)
		b.WriteString(alias + ": ")
	}
	b.WriteString(f.Name + marked(f, alias, args))
	b.WriteString(g.condition())
	if def := g.schema.Types[f.Type.Name()]; def.IsCompositeType() {
		g.selection(b, def, depth-1)
	}
}

// condition is what leaves a selection out or not, of which few have any: by the
// query's text or by a variable.
func (g *Generator) condition() string {
	switch {
	case g.often(1):
		return g.one(" @skip(if: true)", " @include(if: true)", " @skip(if: false)")
	case !g.often(3):
		return ""
	}
	if len(g.conditions) == 0 || g.often(40) {
		g.names++
		name := fmt.Sprintf("c%d", g.names)
		g.conditions = append(g.conditions, name)
		declared := "$" + name + ": " + g.one("Boolean!", "Boolean = true", "Boolean! = false")
		g.variables = append(g.variables, declared)
		switch {
		case strings.Contains(declared, "=") && g.often(50): // not given
		case g.often(4):
			g.values[name] = nil
		default:
			g.values[name] = g.often(60)
		}
	}
	return g.one(" @skip(if: $", " @include(if: $") + g.one(g.conditions...) + ")"
}

// unplanned are fields that no plan has.
var unplanned = map[string]bool{
	"records": true, "revision": true, "concept": true,
	"descendants": true, "ancestors": true, "neighbourhood": true, "follow": true,
}

// selection writes what is selected on a type.
func (g *Generator) selection(b *strings.Builder, def *ast.Definition, depth int) {
	b.WriteString(" {")
	if def.IsAbstractType() {
		b.WriteString(" __typename")
		for range 1 + g.IntN(3) {
			possible := g.schema.GetPossibleTypes(def)
			on := possible[g.IntN(len(possible))]
			b.WriteString(" ... on " + on.Name)
			g.selection(b, on, depth)
		}
	}
	written := 0
	for range 6 {
		if written >= 1+g.IntN(4) || len(def.Fields) == 0 {
			break
		}
		f := def.Fields[g.IntN(len(def.Fields))]
		if connected := connections(def); len(connected) > 0 && g.often(40) {
			f = connected[g.IntN(len(connected))]
		}
		leads := g.schema.Types[f.Type.Name()].IsCompositeType()
		switch {
		case strings.HasPrefix(f.Name, "__"), leads && depth <= 0:
			continue
		case f.Name == "value" && (def.Name == "Statement" || def.Name == "Alternative") && !g.often(5):
			continue // the executor's
		case unplanned[f.Name]:
			if !g.often(1) {
				continue
			}
		}
		written++
		switch {
		case g.often(8):
			b.WriteString(" ... on " + def.Name + g.condition() + " {")
			g.field(b, f, depth)
			b.WriteString(" }")
		case g.often(8):
			g.names++
			name := fmt.Sprintf("F%d", g.names)
			var body strings.Builder
			g.field(&body, f, depth)
			g.fragments = append(g.fragments, fmt.Sprintf("fragment %s on %s {%s }", name, def.Name, &body))
			b.WriteString(" ..." + name + g.condition())
		default:
			g.field(b, f, depth)
		}
	}
	if written == 0 || g.often(5) {
		b.WriteString(" __typename")
	}
	b.WriteString(" }")
}

// connections are the fields of a type that lead to many others.
func connections(def *ast.Definition) (out []*ast.FieldDefinition) {
	for _, f := range def.Fields {
		if f.Directives.ForName("reverse") != nil || strings.HasSuffix(f.Type.Name(), "Link") || f.Name == "pageInfo" {
			out = append(out, f)
		}
	}
	return out
}

// argument is a value for an argument: in the text, or by a variable.
func (g *Generator) argument(f *ast.FieldDefinition, a *ast.ArgumentDefinition) string {
	v, ok := g.value(f, a)
	if !ok {
		return ""
	}
	text, err := json.Marshal(v)
	// An object and an enum are not written as in JSON.
	object := !g.schema.Types[a.Type.Name()].IsLeafType() || g.schema.Types[a.Type.Name()].Kind == ast.Enum
	if err != nil || !object && !g.often(30) {
		return string(text)
	}
	g.names++
	name := fmt.Sprintf("v%d", g.names)
	declared := "$" + name + ": " + a.Type.String()
	switch {
	case !object && g.often(15):
		if g.often(60) {
			// With a default it may stand where no null may be.
			declared = strings.TrimSuffix(declared, "!")
		}
		declared += " = " + string(text)
	case g.often(1):
		return "$" + name // that nobody declared
	}
	g.variables = append(g.variables, declared)
	switch {
	case g.often(4) && !a.Type.NonNull: // not given
	case g.often(3):
		g.values[name] = nil
	case g.often(1):
		g.values[name] = true
	default:
		g.values[name] = v
		if n, isInt := v.(int); isInt {
			g.values[name] = json.Number(fmt.Sprint(n))
			if g.often(10) {
				// However it is written.
				g.values[name] = json.Number(fmt.Sprint(n) + g.one(".0", "e0", ".5"))
			}
		}
	}
	return "$" + name
}

func (g *Generator) date() string {
	if g.often(3) {
		return "never"
	}
	return g.one("2019-05-01", "2024-03-05", "1890", "2030-01", "2024-05-15")
}

// filter is one of the many that there may be, for the kind or not.
func (g *Generator) filter() map[string]any {
	out := map[string]any{}
	if g.often(40) {
		out["within"] = g.one(g.IDs...)
	}
	if g.often(40) {
		under := map[string]any{"organisation": g.one(g.IDs...)}
		if g.often(30) {
			under["hierarchy"] = g.one("line", "economy", "school")
		}
		out["under"] = under
	}
	if g.often(15) {
		out["existsOn"] = g.date()
	}
	if g.often(15) {
		out["endsFrom"] = g.date()
	}
	if g.often(15) {
		out["endsBefore"] = g.date()
	}
	if g.often(25) {
		out["values"] = []any{map[string]any{
			"property": g.one("name", "title", "familyName", "roleType", "type", "address", "identifier"),
			"value":    g.one("ek", "employment", "post", "school", "alm", "98765"),
		}}
	}
	if g.often(10) {
		out["values"] = []any{map[string]any{"property": g.one("holder", "organisation", "parent", "place"), "to": g.one(g.IDs...)}}
	}
	return out
}

// properties are names of some, of the kind or not.
func (g *Generator) properties() (out []string) {
	for range g.IntN(4) {
		out = append(out, g.one("familyName", "givenName", "name", "title", "holder", "organisation", "identifier", "roleType", "address", "protection", "parent"))
	}
	if g.often(3) {
		out = append(out, "nothing")
	}
	return out
}

func (g *Generator) value(f *ast.FieldDefinition, a *ast.ArgumentDefinition) (any, bool) {
	switch a.Type.Name() {
	case "ID":
		if g.often(3) {
			return g.one("nobody", "01890000-0000-7000-8000-000000000000"), true
		}
		return g.one(g.IDs...), true
	case "AsOf":
		if !a.Type.NonNull && !g.often(60) {
			return nil, false
		}
		if g.often(15) {
			return map[string]any{"at": g.one("2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "2024-03-05T08:00:00Z", "2024-03-05T12:00:00Z", "2024-03-05T17:30:00Z", "never")}, true
		}
		return map[string]any{"revision": []int{0, 1, 2, 3, 4, 6, 8, 11, 14, 1000}[g.IntN(10)]}, true
	case "Kind":
		kind := g.one("PERSON", "PERSON", "ROLE", "ORGANISATION", "GEOGRAPHY", "SERVICE", "CONCEPT")
		if a.Type.Elem != nil {
			return []string{kind}, true
		}
		return kind, true
	case "RectificationState":
		return g.one("OPEN", "OPEN", "MET", "REFUSED"), true
	}
	switch a.Name {
	case "first", "last":
		if a.Name == "last" && !g.often(20) {
			return nil, false
		}
		if g.often(1) {
			return []int{0, -1, 1001, 1000, 100}[g.IntN(5)], true
		}
		return 1 + g.IntN(6), true
	case "after", "before":
		if a.Name == "before" && !g.often(20) {
			return nil, false
		}
		if !g.often(30) {
			return nil, false
		}
		fit := slices.DeleteFunc(slices.Clone(g.Cursors), func(c string) bool { return !fits(c, f) })
		if len(fit) == 0 || g.often(10) {
			return g.one("", "", "x"), true
		}
		return g.one(fit...), true
	case "search", "text":
		return g.one("an", "anna", "skol", "e", "lärare", "bib", "enhet", "alm", "dold", "maria ek", "", "zz"), true
	case "validAt":
		return g.date(), true
	case "lang":
		return g.one("sv", "en", "fi", ""), true
	case "hierarchy":
		return g.one("line", "economy", "school", "Line"), true
	case "role":
		return g.one("line", "economy", "", "Line"), true
	case "scheme":
		return g.one("personnummer", "skolenhetskod", "organisationsnummer", "kommunkod", "hsa-id", "role-type", "nothing"), true
	case "value":
		return g.one(g.Numbers...), true
	case "notation":
		return g.one("GR", "post"), true
	case "filter":
		return g.filter(), true
	case "orderBy":
		return g.one("NAME", "NAME_DESC", "ID", "ID_DESC"), true
	case "properties":
		return g.properties(), true
	case "path":
		return g.one("^holder", "^organisation", "^organisation/holder", "parent", "^parent", "legalEntity|parent", "^organisation[roleType=employment]/holder", "^legalEntity", "holder.", "^fills", "^holder/organisation"), true
	case "via":
		return []string{g.one("parent", "organisation", "holder", "legalEntity", "fills", "nothing")}, true
	case "depth":
		return 1 + g.IntN(3), true
	case "source":
		return g.one("hr", "school", "web", "social", "nothing"), true
	case "codes":
		if g.often(10) {
			return nil, true
		}
	}
	return nil, false
}
