package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// karna runs the test binary as the command, in a directory, and gives what it
// wrote to standard output. A failure ends the test.
func karna(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := command(t, dir, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("karna %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// command is karna, not yet started: TestMain has put it on PATH.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	return cmd
}

// TestTourQueriesShowWhatTheyPromise asks the demo's own queries, as the demo's
// own caller.
func TestTourQueriesShowWhatTheyPromise(t *testing.T) {
	dir := t.TempDir()
	karna(t, dir, "demo", "--once", "--data", ".")
	promised := [][]string{
		{`"Lindqvist"`, `"Lindkvist"`, `"Anställning"`, `"Tjänstgöring"`, `"lon"`, `"skola"`, `"organisation"`},
		{`"Kommunledningsförvaltningen"`, `"Socialförvaltningen"`, `"2024-01-01"`},
		{`"skola"`, `$.data[20].id`, `"provider"`, `"Konsumentvägledning"`},
	}
	if len(promised) != len(tour) {
		t.Fatalf("%d queries in the tour, %d tested", len(tour), len(promised))
	}
	for i, stop := range tour {
		answer := karna(t, dir, "query", "--as", "steward", "--scope", "restricted:read", stop.query)
		for _, want := range promised[i] {
			if !strings.Contains(answer, want) {
				t.Errorf("%s\nThe answer does not hold %s:\n%s", stop.about, want, answer)
			}
		}
	}
}

func TestTourNamesTheAddress(t *testing.T) {
	var out strings.Builder
	printTour(&out, "http://127.0.0.1:8480")
	for _, want := range []string{"http://127.0.0.1:8480/graphql", "http://127.0.0.1:8480/dumps/", tour[0].query, tour[2].about} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tour does not name %q:\n%s", want, out.String())
		}
	}
}

// TestSampleMunicipality finds each case that the sample is made of.
func TestSampleMunicipality(t *testing.T) {
	dir := t.TempDir()
	karna(t, dir, "demo", "--once", "--data", ".")
	asSteward := []string{"--as", "steward", "--scope", "restricted:read"}
	for _, c := range []struct {
		name  string
		as    []string
		query string
		want  string
	}{
		{"one teacher of two spellings, with an employment and a duty at one unit", asSteward,
			`{ persons(search: "Lindqvist") { nodes { givenName familyName records { source } roles { nodes { roleType { notation } organisation { name { text } } } } } } lost: persons(search: "Lindkvist") { nodes { familyName } } }`,
			`{"lost":{"nodes":[]},"persons":{"nodes":[{"familyName":"Lindqvist","givenName":"Åsa Maria","records":[{"source":"lon"},{"source":"skola"}],"roles":{"nodes":[
			 {"organisation":{"name":[{"text":"Björkskolan"}]},"roleType":{"notation":"employment"}},{"organisation":{"name":[{"text":"Björkskolan"}]},"roleType":{"notation":"duty"}},
			 {"organisation":null,"roleType":{"notation":"guardian"}}]}}]}}`},
		{"a married name: what the latest source says, and what it was", asSteward,
			`{ persons(search: "Karin Berg") { nodes { statements(properties: ["familyName"]) { text rule alternatives { text } } } } }`,
			`{"persons":{"nodes":[{"statements":[{"alternatives":[{"text":"Holmström Berg"}],"rule":"RECENCY","text":"Berg"}]},{"statements":[{"alternatives":[],"rule":"ONLY","text":"Bergström"}]}]}}`},
		{"a samordningsnummer that a personnummer replaced", asSteward,
			`{ persons(search: "Amina Haddad", first: 1) { nodes { records { source } statements(properties: ["identifier"]) { value { ... on Identifier { scheme status } } period { from to } } } } }`,
			`{"persons":{"nodes":[{"records":[{"source":"lon"},{"source":"skola"},{"source":"identitetsbyten"}],"statements":[
			 {"period":{"from":"2025-03-01","to":null},"value":{"scheme":"personnummer","status":"VALID"}},
			 {"period":{"from":null,"to":null},"value":{"scheme":"employee-number/lon","status":"VALID"}},
			 {"period":{"from":null,"to":null},"value":{"scheme":"eppn","status":"VALID"}},
			 {"period":{"from":null,"to":null},"value":{"scheme":"local-id/skola","status":"VALID"}},
			 {"period":{"from":null,"to":"2025-03-01"},"value":{"scheme":"samordningsnummer","status":"REPLACED"}}]}]}}`},
		{"two people with one name at one address", asSteward,
			`{ persons(search: "Lars Nilsson") { nodes { records { source } address { street streetNumber } } } }`,
			`{"persons":{"nodes":[{"address":[{"street":"Strandvägen","streetNumber":"9"}],"records":[{"source":"lon"}]},{"address":[{"street":"Strandvägen","streetNumber":"9"}],"records":[{"source":"lon"}]}]}}`},
		{"a person whom the school alone protects", asSteward,
			`{ persons(search: "Helena Sjöberg") { nodes { id } } }`, `{"persons":{"nodes":[]}}`},
		{"whom payroll has too", []string{"--as", "steward", "--scope", "restricted:read,protected:read", "--purpose", "prov"},
			`{ persons(search: "Helena Sjöberg") { nodes { protection { notation } records { source } } } }`,
			`{"persons":{"nodes":[{"protection":{"notation":"sekretessmarkering"},"records":[{"source":"lon"},{"source":"skola"}]}]}}`},
		{"a sole trader, not for the public", nil, `{ organisations(search: "Nisses") { nodes { id } } }`, `{"organisations":{"nodes":[]}}`},
		{"a sole trader, for whom it is", asSteward, `{ organisations(search: "Nisses") { nodes { identifier(scheme: "organisationsnummer") { masked } } } }`,
			`{"organisations":{"nodes":[{"identifier":[{"masked":true}]}]}}`},
		{"posts, one of them vacant, which nobody outside can tell", nil, `{ roles { nodes { title holder { id } holderName } } }`,
			`{"roles":{"nodes":[{"holder":null,"holderName":null,"title":"Kommundirektör"},{"holder":null,"holderName":"Ulla Hassan","title":"Ordförande"},{"holder":null,"holderName":null,"title":"Socialchef"},{"holder":null,"holderName":null,"title":"Utbildningschef"}]}}`},
		{"the vacant post, within", asSteward, `{ roles(codes: [{scheme: "role-type", notation: "post"}]) { nodes { title holder { kind } } } }`,
			`{"roles":{"nodes":[{"holder":{"kind":"PERSON"},"title":"Kommundirektör"},{"holder":null,"title":"Utbildningschef"},{"holder":{"kind":"PERSON"},"title":"Socialchef"}]}}`},
		{"elected offices, closed but for the one that a decision has opened", nil, `{ roles(codes: [{scheme: "role-type", notation: "elected-office"}]) { nodes { title holderName holder { id } party { label } } } }`,
			`{"roles":{"nodes":[{"title":"Ordförande","holderName":"Ulla Hassan","holder":null,"party":null}]}}`},
		{"elected offices, within", asSteward, `{ roles(first: 1, codes: [{scheme: "role-type", notation: "elected-office"}]) { nodes { title party { label } body { name { text } } mandatePeriod { from to } } } }`,
			`{"roles":{"nodes":[{"body":{"name":[{"text":"Kommunstyrelsen"}]},"mandatePeriod":{"from":"2026-10-15","to":"2030-10-15"},"party":{"label":"Kristdemokraterna"},"title":"Ordförande"}]}}`},
		{"a unit in three systems that carries the municipality's number, and is not the municipality", nil,
			`{ organisationByIdentifier(scheme: "skolenhetskod", value: "99010001") { name { text } identifier(scheme: "organisationsnummer") { value } legalEntity { name { text } } records { source } } }`,
			`{"organisationByIdentifier":{"identifier":[],"legalEntity":{"name":[{"text":"Älvsala kommun"}]},"name":[{"text":"Björkskolan"}],"records":[{"source":"organisation"},{"source":"lon"},{"source":"skola"}]}}`},
		{"the municipality, in three systems", nil,
			`{ organisationByIdentifier(scheme: "organisationsnummer", value: "2129990012") { name { text } records { source } } }`,
			`{"organisationByIdentifier":{"name":[{"text":"Älvsala kommun"}],"records":[{"source":"organisation"},{"source":"lon"},{"source":"skola"}]}}`},
		{"a unit that moved, before", nil, `{ organisations(search: "Integration", validAt: "2023-12-31") { nodes { parent { target { name { text } } } } } }`,
			`{"organisations":{"nodes":[{"parent":[{"target":{"name":[{"text":"Socialförvaltningen"}]}}]}]}}`},
		{"a unit that moved, after", nil, `{ organisations(search: "Integration", validAt: "2024-01-01") { nodes { parent { target { name { text } } } } } }`,
			`{"organisations":{"nodes":[{"parent":[{"target":{"name":[{"text":"Kommunledningsförvaltningen"}]}}]}]}}`},
		{"one reference that still dangles, and no duty's", asSteward, `{ danglingReferences { nodes { kind property target } } }`,
			`{"danglingReferences":{"nodes":[{"kind":"SERVICE","property":"provider","target":"organisation/organisation/9999"}]}}`},
		{"one item in quarantine", asSteward, `{ quarantine { nodes { source place } } }`, `{"quarantine":{"nodes":[{"place":"$.data[20].id","source":"skola"}]}}`},
		{"no conflicts", asSteward, `{ conflicts { nodes { code } } }`, `{"conflicts":{"nodes":[]}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := karna(t, dir, append(append([]string{"query"}, c.as...), c.query)...)
			var got struct{ Data any }
			var want any
			if err := json.NewDecoder(strings.NewReader(answer)).Decode(&got); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			// Maps are written in the order of their keys, so equal answers give equal texts.
			g, _ := json.Marshal(got.Data)
			w, _ := json.Marshal(want)
			if string(g) != string(w) {
				t.Errorf("%s\ngives %s\nwant  %s", c.query, g, w)
			}
		})
	}
}
