package document

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// LinkMark is where in a golden record's document to look for the id that its
// first link by a property leads to: so many bytes after the beginning of the first
// mark. It is for who reads ahead in the database and can do no better: bytes that
// look like a mark, or a link with a long note, give what is no id, under which
// nothing is found. A property that no golden record can have has no mark.
func LinkMark(p model.PropertyID) (mark []byte, place int) {
	if p < firstProperty {
		return nil, 0
	}
	mark = protowire.AppendTag(nil, protowire.Number(p), protowire.BytesType)
	// The value's length, the link and its length, the id and its length.
	return mark, len(mark) + 1 + 2 + 2
}

// SealMark is LinkMark for the reference to the sealed value of the first identifier
// by a property.
func SealMark(p model.PropertyID) (mark []byte, place int) {
	if mark, place = LinkMark(p); mark != nil {
		place += 2 // the scheme, one of the words that have a number
	}
	return mark, place
}
