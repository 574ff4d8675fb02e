package document

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// ErasedArtifact is the name of the artifact that tells of the golden records that
// were erased: nothing of what they were, nor their ids.
const ErasedArtifact = "erased"

// Erased is what is left in the feed of a golden record that was erased.
type Erased struct {
	Revision   model.Revision
	Mark       model.EntityID // see MarkOf
	Kind       model.Kind
	Disclosure model.Disclosure // who might see it, and who is told
}

// MarkOf is what is said in the place of an erased id: an id that begins with ff,
// as no golden id does, and goes on with the SHA-256 of the id's text. Whoever was
// given the id knows it again. Nobody else finds it: 62 of its bits are random, and
// nothing says when it was made.
func MarkOf(id model.EntityID) (mark model.EntityID) {
	sum := sha256.Sum256([]byte(id.String()))
	mark[0] = 0xff
	copy(mark[1:], sum[:])
	return mark
}

const erasedSize = 8 + 16 + 1 + 1

// AppendErased appends to the body of the artifact.
func AppendErased(b []byte, e Erased) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.Revision))
	b = append(b, e.Mark[:]...)
	return append(b, byte(e.Kind), byte(e.Disclosure))
}

// DecodeErased reads the body of the artifact.
func DecodeErased(body []byte) ([]Erased, error) {
	if len(body)%erasedSize != 0 {
		return nil, fmt.Errorf("the artifact %q has %d bytes, which are no whole number of entries", ErasedArtifact, len(body))
	}
	out := make([]Erased, 0, len(body)/erasedSize)
	for ; len(body) > 0; body = body[erasedSize:] {
		out = append(out, Erased{
			Revision: model.Revision(binary.BigEndian.Uint64(body)), Mark: model.EntityID(body[8:24]),
			Kind: model.Kind(body[24]), Disclosure: model.Disclosure(body[25]),
		})
	}
	return out, nil
}

// ErasedArtifactOf is the artifact with more entries than it had.
func ErasedArtifactOf(had graph.Artifact, more []Erased) graph.Artifact {
	body := append([]byte{}, had.Body...)
	for _, e := range more {
		body = AppendErased(body, e)
	}
	sum := sha256.Sum256(body)
	return graph.Artifact{Name: ErasedArtifact, Revision: more[len(more)-1].Revision, Hash: graph.Hash(sum[:16]), Body: body}
}
