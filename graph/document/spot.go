package document

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// LinkSpot is where in a golden record's document to look for the id that its
// first link by a property leads to: so many bytes after the beginning of the first
// mark. It is for who reads ahead in the database and can do no better: bytes that
// look like a mark, or a link with a long note, give what is no id, under which
// nothing is found. A property that no golden record can have has no mark.
func LinkSpot(p model.PropertyID) graph.Spot {
	if p < firstProperty {
		return graph.Spot{}
	}
	tag := protowire.AppendTag(nil, protowire.Number(p), protowire.BytesType)
	// The value's length, the link and its length, the id and its length.
	return graph.Spot{Mark: tag, Place: len(tag) + 1 + 2 + 2, Class: protowire.AppendTag(nil, linkClass, protowire.VarintType)}
}

// SealSpot is LinkSpot for the reference to the sealed value of the first identifier
// by a property.
func SealSpot(p model.PropertyID) graph.Spot {
	spot := LinkSpot(p)
	if spot.Class = nil; spot.Mark != nil {
		spot.Place += 2 // the scheme, one of the words that have a number
	}
	return spot
}
