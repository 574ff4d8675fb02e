package pathexpr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// What an expression may be.
const (
	maxLength = 1000 // bytes
	maxParts  = 32   // links and tests
	maxNested = 16   // parentheses within each other
	maxWays   = 64   // ways through its alternatives
)

// Error is what is wrong with an expression.
type Error struct {
	Column int    // from 1, in characters
	Text   string // what is wrong there, and what to do
}

// Error is the text with its column.
func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Text) }

// Parse reads an expression. The error is an *Error, and repeats nothing of what
// was written but signs: it could be a personal number.
func Parse(text string) (Expression, error) {
	p := &parser{text: text}
	if len(text) > maxLength {
		return nil, &Error{1, fmt.Sprintf("a path has at most %d bytes; follow it in parts", maxLength)}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{1, "the path is not UTF-8"}
	}
	if at := strings.IndexFunc(text, control); at >= 0 {
		return nil, p.errorAt(at, "there is a control character; a path is letters, digits and signs")
	}
	e, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.peek(); p.at < len(text) {
		if p.peek() == '*' || p.peek() == '+' || p.peek() == '?' {
			return nil, p.errorf("there is no repetition; descendants and ancestors go to any depth")
		}
		return nil, p.misplaced("want / | [ or the end")
	}
	if cost(e) > maxWays {
		return nil, &Error{1, fmt.Sprintf("there are more than %d ways through the alternatives; follow them one by one", maxWays)}
	}
	return e, nil
}

// control tells the characters that no path has: of the control characters it may
// have those that are space. Without NUL, a 0 from peek is the end.
func control(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune(space, r) }

const space = " \t\r\n"

type parser struct {
	text   string
	at     int
	parts  int
	nested int
}

func (p *parser) errorf(format string, args ...any) error { return p.errorAt(p.at, format, args...) }

func (p *parser) errorAt(at int, format string, args ...any) error {
	return &Error{utf8.RuneCountInString(p.text[:min(at, len(p.text))]) + 1, fmt.Sprintf(format, args...)}
}

// peek is the next byte after space; 0 at the end.
func (p *parser) peek() byte {
	for p.at < len(p.text) && strings.IndexByte(space, p.text[p.at]) >= 0 {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// misplaced is the error of what cannot stand where it does.
func (p *parser) misplaced(want string) error {
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	if p.peek() == 0 {
		return p.errorf("the path ends too early; %s", want)
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return p.errorf("a name cannot stand here; %s", want)
	}
	return p.errorf("%q cannot stand here; %s", r, want)
}

func (p *parser) next(c byte) bool {
	if p.peek() != c || c == 0 {
		return false
	}
	p.at++
	return true
}

func (p *parser) path() (Expression, error) {
	first, err := p.sequence()
	if err != nil {
		return nil, err
	}
	parts := Alternatives{first}
	for p.next('|') {
		e, err := p.sequence()
		if err != nil {
			return nil, err
		}
		parts = append(parts, e)
	}
	if len(parts) == 1 {
		return first, nil
	}
	return parts, nil
}

func (p *parser) sequence() (Expression, error) {
	var parts Sequence
	for {
		step, err := p.step()
		if err != nil {
			return nil, err
		}
		parts = append(parts, step...)
		if !p.next('/') {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

// step is a link or a path in parentheses, with the tests of what it leads to.
func (p *parser) step() (Sequence, error) {
	against := p.next('^')
	var e Expression
	var err error
	switch c := p.peek(); {
	case c == '(':
		e, err = p.group()
	case c == '^':
		return nil, p.errorf("^ stands once before a property or a parenthesis")
	case c == 0:
		return nil, p.errorf("the path ends where a property is wanted, such as parent or ^organisation")
	case c == '[':
		return nil, p.errorf("a filter stands after a property or a parenthesis")
	default:
		e, err = p.link()
	}
	if err != nil {
		return nil, err
	}
	if against {
		e = inverse(e)
	}
	step := Sequence{e}
	for p.next('[') {
		t, err := p.test()
		if err != nil {
			return nil, err
		}
		step = append(step, t)
	}
	return step, nil
}

func (p *parser) group() (Expression, error) {
	open := p.at
	p.at++
	if p.nested++; p.nested > maxNested {
		return nil, p.errorAt(open, "more than %d parentheses within each other", maxNested)
	}
	e, err := p.path()
	if err != nil {
		return nil, err
	}
	p.nested--
	if !p.next(')') {
		if p.peek() == 0 {
			return nil, p.errorAt(open, "the parenthesis is not closed; add )")
		}
		return nil, p.misplaced("want / | [ or )")
	}
	return e, nil
}

func (p *parser) count(at int) error {
	if p.parts++; p.parts > maxParts {
		return p.errorAt(at, "a path has at most %d links and filters; follow it in parts", maxParts)
	}
	return nil
}

func (p *parser) link() (Expression, error) {
	start := p.at
	kind, properties, err := p.property()
	if err != nil {
		return nil, err
	}
	if properties == nil {
		return nil, p.errorAt(start, "%s is a kind, and a path goes along properties; keep those of a kind with a filter: [%s]", kind, kind)
	}
	var links []*ontology.Property
	for _, row := range properties {
		if row.Type == model.TypeLink {
			links = append(links, row)
		}
	}
	if len(links) == 0 {
		return nil, p.errorAt(start, "%s is no link, so it leads nowhere; it can stand in a filter: [%s=…]", properties[0].Name, properties[0].Name)
	}
	return Link{Properties: links}, p.count(start)
}

// word is the longest run of letters, digits and the other bytes.
func (p *parser) word(others string) string {
	p.peek()
	start := p.at
	for p.at < len(p.text) {
		r, n := utf8.DecodeRuneInString(p.text[p.at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(others, r) {
			break
		}
		p.at += n
	}
	return p.text[start:p.at]
}

// property reads a property's name, with or without its kind: the rows that it
// stands for. A kind alone is that kind without rows, where no property has the
// name.
func (p *parser) property() (model.Kind, []*ontology.Property, error) {
	p.peek()
	start := p.at
	name := p.word("")
	if name == "" {
		return 0, nil, p.misplaced("want a property, such as parent")
	}
	kinds := model.Kinds
	if p.at < len(p.text) && p.text[p.at] == '.' {
		kind, err := model.ParseKind(name)
		if err != nil {
			return 0, nil, p.errorAt(start, "there is no such kind; want one of %s", kindNames())
		}
		p.at++
		kinds = []model.Kind{kind}
		if name = p.word(""); name == "" {
			return 0, nil, p.errorf("want a property of %s after the dot, such as %s", kind, ontology.Of(kind)[0].Name)
		}
	}
	var rows []*ontology.Property
	for _, k := range kinds {
		if row := ontology.ByName(k, name); row != nil {
			rows = append(rows, row)
		}
	}
	if len(rows) > 0 {
		return 0, rows, nil
	}
	if kind, err := model.ParseKind(name); err == nil && len(kinds) > 1 {
		return kind, nil, nil
	}
	return 0, nil, p.errorAt(start, "no %s has a property of that name; %s", kindsOr(kinds), suggestion(kinds, name))
}

func kindNames() string {
	var names []string
	for _, k := range model.Kinds {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

func kindsOr(kinds []model.Kind) string {
	if len(kinds) == 1 {
		return kinds[0].String()
	}
	return "kind"
}

// suggestion is the property that was meant, by its spelling, or where to look.
func suggestion(kinds []model.Kind, name string) string {
	var near string
	var links []string
	for _, k := range kinds {
		for _, row := range ontology.Of(k) {
			if strings.EqualFold(row.Name, name) {
				near = row.Name
			}
			if row.Type == model.TypeLink {
				links = append(links, row.Name)
			}
		}
	}
	if near != "" {
		return "it is spelled " + near
	}
	slices.Sort(links)
	if links = slices.Compact(links); len(links) == 0 {
		return "it has no links"
	}
	return "links are " + strings.Join(links, ", ")
}

func (p *parser) test() (Expression, error) {
	p.peek()
	start := p.at
	name := p.word("")
	p.peek()
	if kind, err := model.ParseKind(name); err == nil && p.peek() == ']' {
		p.at++
		return Test{Kind: kind}, p.count(start)
	}
	p.at = start
	_, rows, err := p.property()
	if err != nil {
		return nil, err
	}
	if rows == nil || !p.next('=') {
		return nil, p.errorf("want = and a value, such as [type=school], or a kind alone, such as [organisation]")
	}
	t := Test{Properties: rows}
	if t.Value, t.Properties, err = p.value(rows); err != nil {
		return nil, err
	}
	if !p.next(']') {
		return nil, p.errorf("the filter is not closed; add ]")
	}
	return t, p.count(start)
}

// value reads what the properties are compared with, and keeps those that can
// have such a value.
func (p *parser) value(rows []*ontology.Property) (Value, []*ontology.Property, error) {
	p.peek()
	start := p.at
	if quote := p.peek(); quote == '\'' || quote == '"' {
		text, err := p.quoted(quote)
		if err != nil {
			return Value{}, nil, err
		}
		return p.typed(start, rows, Value{Type: model.TypeText, Text: text}, true)
	}
	bare := p.word("-_.")
	if bare == "" {
		return Value{}, nil, p.errorf("want a value: a code such as school, or a text in quotes")
	}
	v := Value{Text: bare}
	if p.at < len(p.text) && p.text[p.at] == ':' {
		p.at++
		v.List = bare
		if v.Text = p.word("-_."); v.Text == "" {
			return Value{}, nil, p.errorf("want a code of the list after the colon")
		}
	}
	return p.typed(start, rows, v, false)
}

func (p *parser) quoted(quote byte) (string, error) {
	open := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		if p.text[p.at] == quote {
			if p.at+1 == len(p.text) || p.text[p.at+1] != quote {
				p.at++
				return b.String(), nil
			}
			p.at++
		}
		b.WriteByte(p.text[p.at])
	}
	return "", p.errorAt(open, "the text is not closed; add %c", quote)
}

// typed gives a value the type of the properties that can have it.
func (p *parser) typed(at int, rows []*ontology.Property, v Value, quoted bool) (Value, []*ontology.Property, error) {
	var kept []*ontology.Property
	reason := ""
	for _, row := range rows {
		if why := unfit(row, v, quoted); why != "" {
			reason = why
			continue
		}
		if len(kept) > 0 && kept[0].Type != row.Type {
			return v, nil, p.errorAt(at, "%s is of different types in different kinds; name one: %s.%s", row.Name, row.Kind, row.Name)
		}
		kept = append(kept, row)
	}
	if len(kept) == 0 {
		return v, nil, p.errorAt(at, "%s", reason)
	}
	v.Type = kept[0].Type
	return v, kept, nil
}

// unfit is why a property cannot have the value, and what to do; empty when it can.
func unfit(row *ontology.Property, v Value, quoted bool) string {
	if v.List != "" && row.Type != model.TypeCode {
		return row.Name + " is no code, so it is of no list"
	}
	if quoted && row.Type != model.TypeText {
		switch row.Type {
		case model.TypeCode, model.TypeDate, model.TypeNumber, model.TypeBoolean, model.TypeLink:
			return row.Name + " is no text; write its value without quotes"
		}
	}
	switch row.Type {
	case model.TypeText:
		if !quoted {
			return row.Name + " is a text; write its value in quotes"
		}
	case model.TypeCode:
	case model.TypeDate:
		if d, err := model.ParseDate(v.Text); err != nil || d.String() != v.Text {
			return row.Name + " is a date; want YYYY-MM-DD, YYYY-MM or YYYY"
		}
	case model.TypeNumber:
		if f, err := strconv.ParseFloat(v.Text, 64); err != nil || strconv.FormatFloat(f, 'f', -1, 64) != v.Text {
			return row.Name + " is a number; want digits, such as 80 or 37.5"
		}
	case model.TypeBoolean:
		if v.Text != "true" && v.Text != "false" {
			return row.Name + " is true or false"
		}
	case model.TypeLink:
		if id, err := model.ParseEntityID(v.Text); err != nil || id.String() != v.Text {
			return row.Name + " is a link; want the id of what it leads to"
		}
	case model.TypeIdentifier:
		return "an identifier cannot be a filter; ask for the record by its identifier and follow from it"
	default:
		return row.Name + " has parts and cannot be a filter; use a text, code, date, number or link"
	}
	return ""
}
