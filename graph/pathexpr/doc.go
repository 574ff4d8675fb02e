// Package pathexpr is the language of path expressions: how to go from one
// golden record to others along the properties that link them. It owns the
// syntax and what a name in it means, and says of a wrong expression where and
// what to do. It knows the ontology, and nothing of how a path is evaluated.
//
//	path      = sequence { "|" sequence }
//	sequence  = step { "/" step }
//	step      = [ "^" ] ( property | "(" path ")" ) { filter }
//	filter    = "[" ( kind | property "=" value ) "]"
//	property  = [ kind "." ] name
//	value     = notation | list ":" notation | "'" text "'" | number | date | "true" | "false" | id
//
// A name stands for the property of that name of every kind that has one:
// parent is an organisation's and a place's; organisation.parent is one of them.
// "^" goes against the link. A filter keeps those that are of a kind, or that
// have a value: a code by its notation in any list or in one, a text by all of
// its letters, a link by its target's id. A quote within a text is doubled. There
// is no repetition: what lies below at any depth is a walk's to say.
//
//	^organisation[roleType=employment]/holder
//	parent|legalEntity
//	^(organisation.parent/parent)[type=school]/^provider
package pathexpr
