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

	"github.com/karna-registry/karna/internal/access"
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
		leave, ok := x.asking.enter(callerOf(caller.View, r), x.limits.Concurrent)
		if !ok {
			w.Header().Set("Retry-After", "1")
			refuse(w, r, http.StatusTooManyRequests, CodeLimit, "You have as many requests under way as are allowed. Wait for their answers.")
			return
		}
		defer leave()
		x.answer(w, r, caller.View)
	})
}

// answer answers a request: an operation, or several where that is on.
func (x *Executor) answer(w http.ResponseWriter, r *http.Request, v *access.View) {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	if !x.readBody(w, r, buf) {
		return
	}
	if x.limits.Batch > 0 && isArray(buf.Bytes()) {
		x.answerBatch(w, r, v, buf.Bytes())
		return
	}
	if req, ok := x.operation(w, r, buf.Bytes()); ok {
		write(w, r, 0, x.Execute(r.Context(), v, req))
	}
}

// readRequest reads one operation, or refuses what is none.
func (x *Executor) readRequest(w http.ResponseWriter, r *http.Request) (req Request, ok bool) {
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	if !x.readBody(w, r, buf) {
		return req, false
	}
	return x.operation(w, r, buf.Bytes())
}

// readBody reads a request's JSON, or refuses it.
func (x *Executor) readBody(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer) bool {
	if !isJSON(r.Header.Get("Content-Type")) {
		refuse(w, r, http.StatusUnsupportedMediaType, CodeBadInput, "Send the operation as application/json.")
		return false
	}
	buf.Reset()
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, x.limits.Body)); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, r, http.StatusRequestEntityTooLarge, CodeLimit, "The request is larger than "+strconv.FormatInt(x.limits.Body, 10)+" bytes.")
			return false
		}
		refuse(w, r, http.StatusBadRequest, CodeBadInput, "The request could not be read.")
		return false
	}
	return true
}

// operation parses an operation, or refuses what is none.
func (x *Executor) operation(w http.ResponseWriter, r *http.Request, text []byte) (Request, bool) {
	req, err := x.parseRequest(text)
	if err != nil || req.Query == "" && req.Hash == "" {
		refuse(w, r, http.StatusBadRequest, CodeBadInput, `Send a JSON object with "query" and, where they are needed, "variables" and "operationName".`)
		return req, false
	}
	return req, true
}

// isArray tells whether a JSON text is an array.
func isArray(text []byte) bool {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '['
}

// answerBatch answers several operations, one after the other, in their order.
func (x *Executor) answerBatch(w http.ResponseWriter, r *http.Request, v *access.View, text []byte) {
	var all []json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil || len(all) == 0 {
		refuse(w, r, http.StatusBadRequest, CodeBadInput, "Send a JSON array of operations, at least one.")
		return
	}
	if len(all) > x.limits.Batch {
		refuse(w, r, http.StatusBadRequest, CodeLimit, "The request has "+strconv.Itoa(len(all))+" operations; "+strconv.Itoa(x.limits.Batch)+" are allowed.")
		return
	}
	reqs := make([]Request, len(all))
	for i, one := range all {
		var ok bool
		if reqs[i], ok = x.operation(w, r, one); !ok {
			return
		}
	}
	out := buffers.Get().(*bytes.Buffer)
	defer putBuffer(out)
	out.Reset()
	out.WriteByte('[')
	for i, req := range reqs {
		if i > 0 {
			out.WriteByte(',')
		}
		x.Execute(r.Context(), v, req).appendTo(out)
	}
	out.WriteByte(']')
	send(w, legacyMedia, http.StatusOK, out)
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

// RefuseOrigin answers a request that a browser has sent for a page of another
// origin.
func RefuseOrigin(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusForbidden, CodeForbidden, "A browser may ask for pages of this server only, and this page is of another origin.")
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
	send(w, media, status, buf)
}

func send(w http.ResponseWriter, media []string, status int, buf *bytes.Buffer) {
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
