package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"
)

// document serves one of the ontology's documents, made when it is first asked
// for.
func document(media string, text func() []byte) http.HandlerFunc {
	made := sync.OnceValue(text)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		sendText(w, r, media, made())
	}
}

// sendText sends a text with a tag made of its bytes.
func sendText(w http.ResponseWriter, r *http.Request, media string, text []byte) {
	sum := sha256.Sum256(text)
	w.Header().Set("Content-Type", media)
	w.Header().Set("Etag", `"`+hex.EncodeToString(sum[:16])+`"`)
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
}
