// Command bindgen writes the Go methods that gqlgen binds the schema's fields
// to: one for each row of the ontology's table and one for each @reverse field,
// and each kind's page types. So a property needs one row and one line of
// schema, and no Go. It also writes the schema as one file, as it is published,
// and the reference in docs.
package main
