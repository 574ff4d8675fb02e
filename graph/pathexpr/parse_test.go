package pathexpr

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// show is an expression in a form without the parser's choices.
func show(e Expression) string {
	names := func(rows []*ontology.Property) string {
		var out []string
		for _, row := range rows {
			out = append(out, row.Kind.String()+"."+row.Name)
		}
		return strings.Join(out, ",")
	}
	parts := func(open string, all []Expression) string {
		var out []string
		for _, e := range all {
			out = append(out, show(e))
		}
		return open + strings.Join(out, " ") + ")"
	}
	switch e := e.(type) {
	case Link:
		if e.Inverse {
			return "^" + names(e.Properties)
		}
		return names(e.Properties)
	case Test:
		if e.Kind != model.KindUnknown {
			return "[" + e.Kind.String() + "]"
		}
		return "[" + names(e.Properties) + "=" + e.Value.Type.String() + ":" + e.Value.List + ":" + e.Value.Text + "]"
	case Sequence:
		return parts("seq(", e)
	case Alternatives:
		return parts("or(", e)
	}
	return "?"
}

func TestWhatAnExpressionMeans(t *testing.T) {
	const someone = "01890a5d-ac96-774b-bcce-b302099a8057"
	for text, want := range map[string]string{
		"parent":                                "organisation.parent,geography.parent",
		" organisation.parent ":                 "organisation.parent",
		"^organisation/holder":                  "seq(^role.organisation role.holder)",
		"legalEntity|employer/body":             "or(organisation.legalEntity seq(role.employer role.body))",
		"(legalEntity|employer)/on":             "seq(or(organisation.legalEntity role.employer) geography.on)",
		"^(fills/organisation)":                 "seq(^role.organisation ^role.fills)",
		"^(fills|basedOn)":                      "or(^role.fills ^role.basedOn)",
		"^(^fills)":                             "role.fills",
		"^(fills[isManager=true])":              "seq([role.isManager=boolean::true] ^role.fills)",
		"fills[role][extent=37.5]":              "seq(role.fills [role] [role.extent=number::37.5])",
		"provider[type=school]":                 "seq(service.provider [organisation.type,geography.type,service.type=code::school])",
		"on[geography-type.x=1]":                "",
		"on[type=geography-type:on]":            "seq(geography.on [organisation.type,geography.type,service.type=code:geography-type:on])",
		"provider[name='O''Ek']":                "seq(service.provider [organisation.name,geography.name,service.name=text::O'Ek])",
		`provider[name="Å ""b"""]`:              `seq(service.provider [organisation.name,geography.name,service.name=text::Å "b"])`,
		"^organisation[holder=" + someone + "]": "seq(^role.organisation [role.holder=link::" + someone + "])",
		"fills[service]":                        "seq(role.fills [service])",
		"fills[ service = " + someone + " ]":    "seq(role.fills [role.service=link::" + someone + "])",
	} {
		e, err := Parse(text)
		if want == "" {
			if err == nil {
				t.Errorf("%s is %s", text, show(e))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, show(e)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestAnErrorSaysWhereAndWhatToDo(t *testing.T) {
	for text, want := range map[string]struct {
		column int
		remedy string
	}{
		"":                                       {1, "such as parent"},
		"parent/":                                {8, "such as parent"},
		"parent|":                                {8, "such as parent"},
		"parent parent":                          {8, "want / | ["},
		"parent*":                                {7, "descendants"},
		"Parent":                                 {1, "it is spelled parent"},
		"nothing":                                {1, "links are areaServed, basedOn"},
		"role.parent":                            {1, "links are basedOn, body"},
		"å.parent":                               {1, "person, role, organisation"},
		"role.":                                  {6, "such as"},
		"person":                                 {1, "[person]"},
		"name":                                   {1, "[name=…]"},
		"^^parent":                               {2, "once"},
		"[organisation]":                         {1, "after a property"},
		"(parent":                                {1, "add )"},
		"(parent]":                               {8, "or )"},
		"parent)":                                {7, "or the end"},
		"parent[organisation":                    {20, "want ="},
		"parent[type]":                           {12, "[type=school]"},
		"parent[type=":                           {13, "a code"},
		"parent[type=a":                          {14, "add ]"},
		"parent[type=a:]":                        {15, "after the colon"},
		"parent[type='a']":                       {13, "without quotes"},
		"parent[name=a]":                         {13, "in quotes"},
		"parent[name='a]":                        {13, "add '"},
		"fills[extent=1e3]":                      {14, "digits"},
		"fills[isManager=yes]":                   {17, "true or false"},
		"fills[holder=anna]":                     {14, "the id"},
		"parent[identifier=1]":                   {19, "by its identifier"},
		"parent[address='x']":                    {16, "has parts"},
		"^holder[birthDate=1.1]":                 {19, "YYYY-MM-DD"},
		"parent[name=x:y]":                       {13, "no code"},
		"(åäö|å)":                                {2, "links are"},
		strings.Repeat("parent/", 40) + "parent": {1 + 32*7, "at most 32"},
		strings.Repeat("(", 20):                  {17, "parentheses"},
		strings.Repeat("x", 2000):                {1, "1000 bytes"},
		strings.TrimSuffix(strings.Repeat("(fills|basedOn)/", 7), "/"): {1, "64 ways"},
		"parent\xff":            {1, "UTF-8"},
		"^parent\x00/^parent":   {8, "control character"},
		"parent\x00":            {7, "control character"},
		"parent[name='a\x1bb']": {15, "control character"},
	} {
		_, err := Parse(text)
		var at *Error
		if !errors.As(err, &at) {
			t.Errorf("%.40q: %v", text, err)
			continue
		}
		if at.Column != want.column || !strings.Contains(at.Text, want.remedy) {
			t.Errorf("%.40q: column %d, want %d; %q, want %q in it", text, at.Column, want.column, at.Text, want.remedy)
		}
	}
}

// TestAnErrorRepeatsNoValue: what is written wrongly could be a personal number.
func TestAnErrorRepeatsNoValue(t *testing.T) {
	const number = "187707072455"
	for _, text := range []string{number, "parent/" + number, number + ".parent", "role." + number, "parent[" + number + "]", "parent[name=" + number + "]",
		"parent[type=a:" + number, "parent[identifier=" + number + "]", "parent[type='" + number + "']", "parent[extent=" + number + "x]", "parent['" + number, "parent " + number} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%s is an expression", text)
		} else if strings.Contains(err.Error(), number) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzParse: whatever is written, the answer is an expression within the bounds
// or an error at a column of it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"parent", "^organisation[roleType=employment]/holder", "^(a|b)/c[name='x''y']", "organisation.parent[organisation]|(employer/^body)", "å[", "''", "(((", "^^", "^parent\x00/^parent", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Text == "" || at.Column < 1 || at.Column > len([]rune(text))+1 {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if strings.ContainsRune(text, 0) {
			t.Fatalf("%q is answered as what is before the NUL", text)
		}
		if n := size(e); n == 0 || n > maxParts || cost(e) > maxWays {
			t.Fatalf("%q has %d parts, %d ways", text, n, cost(e))
		}
		if back := show(inverse(inverse(e))); back != show(e) {
			t.Fatalf("%q: %s, the other way round and back %s", text, show(e), back)
		}
		// Written anew with more space it means the same.
		spaced, err := Parse(" " + strings.NewReplacer("/", " / ", "|", " | ").Replace(text) + " ")
		if !strings.ContainsAny(text, `'"`) && len(text) < maxLength/3 && (err != nil || show(spaced) != show(e)) {
			t.Fatalf("%q with space: %v", text, err)
		}
	})
}

func size(e Expression) int {
	n := 0
	switch e := e.(type) {
	case Sequence:
		for _, part := range e {
			n += size(part)
		}
	case Alternatives:
		for _, part := range e {
			n += size(part)
		}
	default:
		n = 1
	}
	return n
}
