package gql

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// persisted are documents that are asked by the hash of their text, as Apollo's
// persisted queries are: extensions.persistedQuery.sha256Hash. They come from who
// runs the server, never from a caller.
type persisted struct {
	texts map[string]string // by hash
	known map[string]bool   // by text
	only  bool              // nothing else is answered
}

type persistedQuery struct {
	Hash string `json:"sha256Hash"`
}

func newPersisted(documents []string, only bool) persisted {
	p := persisted{texts: make(map[string]string, len(documents)), known: make(map[string]bool, len(documents)), only: only}
	for _, text := range documents {
		p.texts[Hash(text)], p.known[text] = text, true
	}
	return p
}

// Hash is the name of a document among persisted ones: the SHA-256 of its text,
// in hexadecimal.
func Hash(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// document is the request with its document's text, or why it is not answered.
func (p *persisted) document(r Request) (Request, Error) {
	refused := func(code, text string) Error {
		return &gqlerror.Error{Message: text, Extensions: map[string]any{"code": code}}
	}
	if r.Hash == "" {
		if p.only && !p.known[r.Query] {
			return r, refused(CodeNotPersisted, "This server answers persisted documents only. Ask those who run it to add yours.")
		}
		return r, nil
	}
	text, ok := p.texts[strings.ToLower(r.Hash)]
	switch {
	case !ok:
		return r, refused(CodeNotPersisted, "There is no persisted document with that hash.")
	case r.Query != "" && r.Query != text:
		return r, refused(CodeBadInput, "The query and the hash are of different documents.")
	}
	r.Query = text
	return r, nil
}

// extensions are the request's, as gqlgen carries them.
func (r Request) extensions() map[string]any {
	if r.Hash == "" {
		return nil
	}
	return map[string]any{"persistedQuery": map[string]any{"sha256Hash": r.Hash}}
}

// hashIn is the hash of a persisted document among a request's extensions.
func hashIn(extensions map[string]any) string {
	of, _ := extensions["persistedQuery"].(map[string]any)
	hash, _ := of["sha256Hash"].(string)
	return hash
}
