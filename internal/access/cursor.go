package access

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// A cursor is opaque to callers and holds nothing that its caller may not see:
// the id of a row that the caller was shown, and its sort key only where names
// are no secret. It is not authenticated; a forged one finds nothing that
// another question would not.
const (
	cursorPlace    = 'p' // id, sort key
	cursorID       = 'i' // id
	cursorReferrer = 'r' // property, id
	cursorChange   = 'c' // revision, id
	cursorHash     = 'h' // 16 bytes
	cursorDangling = 'd' // property, record id
	cursorPair     = 'w' // a weight and two record ids
	cursorEvent    = 'e' // revision, id
	cursorHit      = 's' // rank, kind, id
	cursorDiffer   = 'f' // revision, id
	cursorFlawed   = 'b' // record id, source
)

var cursorText = base64.RawURLEncoding

func encodeCursor(tag byte, parts ...[]byte) string {
	b := []byte{tag}
	for _, p := range parts {
		b = append(b, p...)
	}
	return cursorText.EncodeToString(b)
}

// decodeCursor is what follows the tag: at least size bytes.
func decodeCursor(s string, tag byte, size int) ([]byte, error) {
	b, err := cursorText.DecodeString(s)
	if err != nil || len(b) < 1+size || b[0] != tag {
		return nil, ErrCursor
	}
	return b[1:], nil
}

const idSize = len(model.EntityID{})

func idCursor(id model.EntityID) string { return encodeCursor(cursorID, id[:]) }

func parseIDCursor(s string) (model.EntityID, error) {
	b, err := decodeCursor(s, cursorID, idSize)
	if err != nil || len(b) != idSize {
		return model.EntityID{}, ErrCursor
	}
	return model.EntityID(b), nil
}

func placeCursor(p graph.Position) string { return encodeCursor(cursorPlace, p.ID[:], p.Sort) }

func parsePlaceCursor(s string) (graph.Position, error) {
	b, err := decodeCursor(s, cursorPlace, idSize)
	if err != nil {
		return graph.Position{}, err
	}
	return graph.Position{ID: model.EntityID(b[:idSize]), Sort: b[idSize:]}, nil
}

func flawedCursor(f FlawedInfo) string { return encodeCursor(cursorFlawed, f.ID[:], []byte(f.Source)) }

func parseFlawedCursor(s string) (graph.Flawed, error) {
	b, err := decodeCursor(s, cursorFlawed, idSize)
	if err != nil {
		return graph.Flawed{}, err
	}
	f := graph.Flawed{Record: model.EntityID(b[:idSize]), Source: model.Source(b[idSize:])}
	if !utf8.ValidString(string(f.Source)) || checkSource(f.Source) != nil {
		return graph.Flawed{}, ErrCursor // no engine need take it
	}
	return f, nil
}

// keyedCursor is of a place in (number, id) order.
func keyedCursor(tag byte, n uint64, id model.EntityID) string {
	return encodeCursor(tag, binary.BigEndian.AppendUint64(nil, n), id[:])
}

func parseKeyedCursor(s string, tag byte) (uint64, model.EntityID, error) {
	b, err := decodeCursor(s, tag, 8+idSize)
	if err != nil || len(b) != 8+idSize {
		return 0, model.EntityID{}, ErrCursor
	}
	return binary.BigEndian.Uint64(b), model.EntityID(b[8:]), nil
}

// maxPage bounds a page.
const maxPage = 1000

// size is how many rows the page asks for.
func (p Page) size() (int, error) { return pageSize(p.First) }

func pageSize(n int) (int, error) {
	if n < 1 || n > maxPage {
		return 0, fmt.Errorf("%w: a page of %d: want 1 to %d", ErrBadRequest, n, maxPage)
	}
	return n, nil
}
