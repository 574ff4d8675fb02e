package gql

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Handler answers POST requests, each as its caller. It takes
// JSON only, which a page of another origin cannot send without asking first.
func (x *Executor) Handler(callers Callers) http.Handler {
	stream := x.Stream(callers)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST")
			refuse(w, r, http.StatusMethodNotAllowed, CodeBadInput, "GraphQL is asked with POST.")
			return
		}
		if Streams(r) {
			stream.ServeHTTP(w, r)
			return
		}
		caller, ok := x.of(callers, w, r)
		if !ok {
			return
		}
		req, ok := x.readRequest(w, r)
		if !ok {
			return
		}
		write(w, r, 0, x.Execute(r.Context(), caller.View, req))
	})
}

// readRequest reads an operation, or refuses what is none.
func (x *Executor) readRequest(w http.ResponseWriter, r *http.Request) (req Request, ok bool) {
	if !isJSON(r.Header.Get("Content-Type")) {
		refuse(w, r, http.StatusUnsupportedMediaType, CodeBadInput, "Send the operation as application/json.")
		return req, false
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, x.limits.Body)); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, r, http.StatusRequestEntityTooLarge, CodeLimit, "The request is larger than "+strconv.FormatInt(x.limits.Body, 10)+" bytes.")
			return req, false
		}
		refuse(w, r, http.StatusBadRequest, CodeBadInput, "The request could not be read.")
		return req, false
	}
	req, err := x.parseRequest(buf.Bytes())
	if err != nil || req.Query == "" {
		refuse(w, r, http.StatusBadRequest, CodeBadInput, `Send a JSON object with "query" and, where they are needed, "variables" and "operationName".`)
		return req, false
	}
	return req, true
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == "application/json"
}

func refuse(w http.ResponseWriter, r *http.Request, status int, code, text string) {
	write(w, r, status, Response{Errors: []Error{{Message: text, Extensions: map[string]any{"code": code}}}})
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxKept is the largest buffer that is kept for the next request.
const maxKept = 1 << 18

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxKept {
		buffers.Put(b)
	}
}

const graphqlResponse = "application/graphql-response+json"

// Header values that all answers share, so that setting them costs nothing.
// Nobody may change them.
var (
	legacyMedia = []string{"application/json; charset=utf-8"}
	modernMedia = []string{graphqlResponse + "; charset=utf-8"}
	noStore     = []string{"no-store"}
)

// write sends an answer. Status 0 is what the GraphQL over HTTP specification
// says: 200, or 400 for what was not executed and a caller who knows the newer
// media type.
func write(w http.ResponseWriter, r *http.Request, status int, resp Response) {
	media := legacyMedia
	modern := strings.Contains(r.Header.Get("Accept"), graphqlResponse)
	if modern {
		media = modernMedia
	}
	if status == 0 {
		status = http.StatusOK
		if modern && resp.Data == nil {
			status = http.StatusBadRequest
		}
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	buf.Reset()
	resp.appendTo(buf)
	h := w.Header()
	h["Content-Type"] = media
	h["Content-Length"] = []string{strconv.Itoa(buf.Len())}
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	// A caller who has gone away is no error of ours.
	_, _ = w.Write(buf.Bytes())
}

// appendTo writes the answer as JSON. Data is JSON already and is not gone
// through again.
func (r Response) appendTo(buf *bytes.Buffer) {
	buf.WriteByte('{')
	if len(r.Errors) > 0 {
		buf.WriteString(`"errors":`)
		text, err := json.Marshal(r.Errors)
		if err != nil {
			text = []byte(`[{"message":"the errors could not be written"}]`)
		}
		buf.Write(text)
	}
	if r.Data != nil {
		if len(r.Errors) > 0 {
			buf.WriteByte(',')
		}
		buf.WriteString(`"data":`)
		buf.Write(r.Data)
	}
	buf.WriteByte('}')
}
