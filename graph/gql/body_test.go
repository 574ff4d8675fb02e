package gql_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/gql"
)

// requests are of the sort that the scanner reads, and of sorts that it leaves.
var requests = map[string]bool{
	`{"query":"{ a }","variables":{"id":"x","b":""}}`: true,
	`{"query":"{ a }"}`: true,
	" {\t\"variables\" : null ,\r\n\"query\" : \"{ a }\" } ":     true,
	`{"query":"query A {\n  a(s: \"å\")\n}"}`:                    true,
	`{"query":"{ å \ud83d\ude00 }"}`:                             true,
	"{\"query\":\"{ \xff }\"}":                                   true,
	`{"query":"{ a }","operationName":"A"}`:                      true,
	`{"operationName":"A","operationName":null,"query":"{ a }"}`: true,
	`{"query":"{ a }","query":"{ b }"}`:                          true,
	`{"query":"{ a }","variables":{}}`:                           true,
	`{"query":"{ a }","variables":{"a":"x","a":"y"}}`:            true,
	`{"query":"{ a }","variables":{"n":20,"m":0,"a":"x"}}`:       true,
	`{"query":"{ a }","variables":{"n":null, "m" : 1 }}`:         true,
	`{}`: true,

	`{"query":"{ a }","variables":{"n":01}}`:                        false,
	`{"query":"{ a }","variables":{"n":-1}}`:                        false,
	`{"query":"{ a }","variables":{"n":1.5}}`:                       false,
	`{"query":"{ a }","variables":{"n":1e3}}`:                       false,
	`{"query":"{ a }","variables":{"n":["x"]}}`:                     false,
	`{"query":"{ a }","variables":{"n":"\u00e5"}}`:                  false,
	`{"query":"{ a }","variables":{"n":"å"}}`:                       false,
	`{"query":"{ a }","variables":{"a":"x"},"variables":{"b":"y"}}`: false,
	`{"query":"{ a }","extensions":{}}`:                             false,
	`{"QUERY":"{ a }"}`:                                             false,
	`{"query":null}`:                                                false,
	`{"query":"{ a }"} x`:                                           false,
	`{"query":"{ a }",}`:                                            false,
	`{"query":"{ a }"`:                                              false,
	`{"query":"{ \q }"}`:                                            false,
	"{\"query\":\"{ a\n }\"}":                                       false,
	`["query"]`:                                                     false,
	`null`:                                                          false,
	``:                                                              false,
	`{"query":"`:                                                    false,
	`{"query":"\`:                                                   false,
}

func agree(t *testing.T, text []byte) (scanned bool) {
	t.Helper()
	got, ok, want, err := gql.ParseRequest(text)
	if !ok {
		return false
	}
	if err != nil {
		t.Errorf("%q is read as %+v, but it is no request: %v", text, got, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q is read otherwise than JSON (-json +scanned):\n%s", text, diff)
	}
	return true
}

func TestTheScannerReadsWhatProgramsSend(t *testing.T) {
	for text, want := range requests {
		if got := agree(t, []byte(text)); got != want {
			t.Errorf("%q: scanned %t, want %t", text, got, want)
		}
	}
}

func FuzzTheScannerReadsWhatJSONReads(f *testing.F) {
	for text := range requests {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agree(t, text) })
}
