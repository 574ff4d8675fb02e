package main

import (
	"fmt"
	"io"
)

// tour is what the demo suggests to ask.
var tour = []struct{ about, query string }{
	{"A teacher in payroll and in school, spelt two ways: one person, an employment and a duty at one unit.", `{ persons(search: "Åsa Lindqvist", first: 3) { nodes {
  givenName familyName
  roles(first: 10) { nodes { roleType { label } title organisation { name { text } records { source } } } }
  statements(properties: ["familyName"]) {
    text rule support { source } alternatives { text lost support { source } } } } } }`},
	{"A unit that moved: what is above it, and what was.", `{ organisations(search: "Integration", first: 3) { nodes {
  name { text }
  parent { target { name { text } } period { from to } }
  statements(properties: ["parent"]) {
    value { ... on LinkValue { target { ... on Organisation { name { text } } } } }
    period { from to } support { source } } } } }`},
	{"What waits for a steward.", `{ quarantine { nodes { source place reason } }
  danglingReferences { nodes { kind property target from { ... on Service { name(lang: "sv") { text } } } } }
  conflicts { nodes { code records { source id } } } }`},
}

// printTour says where to click and what to ask.
func printTour(w io.Writer, address string) {
	fmt.Fprintf(w, "\nOpen %[1]s/ to see what is here, %[1]s/graphql for GraphiQL, %[1]s/dumps/ for the open dumps.\n", address)
	fmt.Fprintf(w, "Three queries worth trying, there or with karna query:\n")
	for i, t := range tour {
		fmt.Fprintf(w, "\n%d. %s\n\n%s\n", i+1, t.about, t.query)
	}
	fmt.Fprintln(w, "\nStop with ctrl-C.")
}
