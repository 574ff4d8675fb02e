package gql

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
)

// TestVariablesAreCoercedAsTheSpecificationSays: GraphQL of October 2021, 3.5 to 3.12
// ("Input Coercion") and 6.1.2.
func TestVariablesAreCoercedAsTheSpecificationSays(t *testing.T) {
	const (
		size   = `query($x: Int) { persons(first: $x) { __typename } }`
		needed = `query($x: ID!) { person(id: $x) { id } }`
		text   = `query($x: String) { persons(search: $x) { __typename } }`
		lang   = `query($x: String = "sv") { organisations { nodes { name(lang: $x) { text } } } }`
		flag   = `query($x: Boolean!) { __typename @include(if: $x) }`
		order  = `query($x: RecordOrder) { persons(orderBy: $x) { __typename } }`
		kinds  = `query($x: [Kind!]) { search(text: "x", kinds: $x) { __typename } }`
		names  = `query($x: [Kind!] = PERSON) { search(text: "x", kinds: $x) { __typename } }`
		filter = `query($x: RecordFilter) { persons(filter: $x) { __typename } }`
		day    = `query($x: Date) { persons(validAt: $x) { __typename } }`
	)
	type object = map[string]any
	for _, test := range []struct {
		query, given string // JSON of all variables
		want         any    // of x; nothing when it is refused
		refused      string // in the error
	}{
		{size, `{"x": 3}`, int64(3), ""},
		{size, `{"x": -3}`, int64(-3), ""},
		{size, `{"x": 2.0}`, int64(2), ""},
		{size, `{"x": 1e3}`, int64(1000), ""},
		{size, `{"x": null}`, nil, ""},
		{size, `{"x": 2147483647}`, int64(2147483647), ""},
		{size, `{"x": 2147483648}`, nil, "$x: want a whole number"},
		{size, `{"x": 1e400}`, nil, "$x: want a whole number"},
		{size, `{"x": 2.5}`, nil, "$x: want a whole number"},
		{size, `{"x": "3"}`, nil, "$x: want a whole number from -2147483648 to 2147483647, not this string"},
		{size, `{"x": true}`, nil, "not a boolean"},
		{size, `{"x": [3]}`, nil, "not a list"},
		{needed, `{"x": "a"}`, "a", ""},
		{needed, `{"x": 7}`, "7", ""},
		{needed, `{"x": 7.5}`, nil, "$x: want a string"},
		{needed, `{"x": false}`, nil, "$x: want a string"},
		{needed, `{"x": null}`, nil, "$x: it may not be null"},
		{needed, `{}`, nil, "$x: it is not given"},
		{text, `{"x": "a"}`, "a", ""},
		{text, `{"x": 5}`, nil, "$x: want a string, not this number"},
		{text, `{"x": {}}`, nil, "not an object"},
		{lang, `{}`, "sv", ""},
		{lang, `{"x": null}`, nil, ""},
		{flag, `{"x": true}`, true, ""},
		{flag, `{"x": 1}`, nil, "$x: want true or false"},
		{flag, `{"x": "true"}`, nil, "$x: want true or false"},
		{order, `{"x": "NAME"}`, "NAME", ""},
		{order, `{"x": "name"}`, nil, "$x: want a RecordOrder: "},
		{order, `{"x": 1}`, nil, "$x: want a RecordOrder: "},
		{kinds, `{"x": ["ROLE", "PERSON"]}`, []any{"ROLE", "PERSON"}, ""},
		{kinds, `{"x": "ROLE"}`, []any{"ROLE"}, ""},
		{kinds, `{"x": []}`, []any{}, ""},
		{kinds, `{"x": ["ROLE", null]}`, nil, "$x[1]: it may not be null"},
		{kinds, `{"x": ["ROLE", "TREE"]}`, nil, "$x[1]: want a Kind: "},
		{names, `{}`, []any{"PERSON"}, ""},
		{filter, `{"x": {"values": {"property": "type", "value": "a"}}}`, object{"values": []any{object{"property": "type", "value": "a"}}}, ""},
		{filter, `{"x": {"under": {"organisation": 5, "hierarchy": null}}}`, object{"under": object{"organisation": "5", "hierarchy": nil}}, ""},
		{filter, `{"x": {"values": [{"property": "type", "value": 5}]}}`, nil, "$x.values[0].value: want a string, not this number"},
		{filter, `{"x": {"values": [{"value": "a"}]}}`, nil, "$x.values[0]: a ValueInput needs property"},
		{filter, `{"x": {"values": [null]}}`, nil, "$x.values[0]: it may not be null"},
		{filter, `{"x": {"under": {"organisation": null}}}`, nil, "$x.under.organisation: it may not be null"},
		{filter, `{"x": {"colour": 1}}`, nil, `$x: a RecordFilter has no "colour"`},
		{filter, `{"x": {"__typename": "RecordFilter"}}`, nil, `has no "__typename"`},
		{filter, `{"x": ["a"]}`, nil, "$x: want an object (RecordFilter), not a list"},
		{day, `{"x": "2024-01-01"}`, "2024-01-01", ""},
		// What is not asked for is left.
		{day, `{"x": "2024", "y": 1}`, "2024", ""},
	} {
		doc, errs := gqlparser.LoadQueryWithRules(publishedSchema(), test.query, nil)
		if errs != nil {
			t.Fatalf("%s: %v", test.query, errs)
		}
		request, err := decodeRequest([]byte(`{"variables": ` + test.given + `}`))
		if err != nil {
			t.Fatal(err)
		}
		all := []map[string]any{request.Variables}
		// Numbers as whoever decodes them without their spelling has them, if he can.
		var plain map[string]any
		if json.Unmarshal([]byte(test.given), &plain) == nil {
			all = append(all, plain)
		}
		for _, given := range all {
			got, refusal := coerce(doc.Operations[0], given)
			switch {
			case test.refused != "":
				if refusal == nil || !strings.Contains(refusal.Message, test.refused) || refusal.Extensions["code"] != CodeBadInput {
					t.Errorf("%s with %s: %v, %v; want a refusal with %q", test.query, test.given, got, refusal, test.refused)
				}
			case refusal != nil:
				t.Errorf("%s with %s: %v", test.query, test.given, refusal)
			default:
				if diff := cmp.Diff(map[string]any{"x": test.want}, got); diff != "" {
					t.Errorf("%s with %s (-want +got):\n%s", test.query, test.given, diff)
				}
			}
		}
	}
}
