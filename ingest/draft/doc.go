// Package draft turns fields into the statements of a record. It is what all
// formats do alike: a text is cleaned, an identifier read by its scheme's rule, a
// date, contact or address normalised; what fails is kept as its type allows,
// with an issue at the field's place. An issue's text says the rule and the
// remedy, never the value. It knows nothing of files or of storage.
package draft
