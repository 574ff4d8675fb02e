package gql

import _ "embed"

//go:embed schema.graphqls
var published []byte

// SDL is the schema as one file, as it is published. Nobody may change it.
func SDL() []byte { return published }
