// Package client is a typed client of the GraphQL face that a tool of others,
// genqlient, makes of the published schema and of queries.graphql. It owns
// nothing: it is there so that a test sees that the schema can be read by
// others, and that what they make of it speaks to a server. It must never know
// anything of the registry but its address.
package client

//go:generate go tool -modfile=../../../../tools/go.mod genqlient genqlient.yaml
