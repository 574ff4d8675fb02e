package gql

import (
	"bytes"
	"encoding/json"
)

// parseRequest reads an operation.
func (x *Executor) parseRequest(text []byte) (Request, error) {
	s := scanner{text: text}
	if r, ok := s.request(x.queries); ok {
		return r, nil
	}
	return decodeRequest(text)
}

// decodeRequest reads any operation. Numbers among its variables keep their
// spelling: what they become is the schema's to say.
func decodeRequest(text []byte) (Request, error) {
	var in struct {
		Query         string          `json:"query"`
		OperationName string          `json:"operationName"`
		Variables     json.RawMessage `json:"variables"`
		Extensions    struct {
			PersistedQuery persistedQuery `json:"persistedQuery"`
		} `json:"extensions"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return Request{}, err
	}
	req := Request{Query: in.Query, OperationName: in.OperationName, Hash: in.Extensions.PersistedQuery.Hash}
	if len(in.Variables) == 0 {
		return req, nil
	}
	dec := json.NewDecoder(bytes.NewReader(in.Variables))
	dec.UseNumber()
	return req, dec.Decode(&req.Variables)
}

// scanner reads the requests that programs send over and over: a query, a name,
// and variables that are null, numbers or texts without anything escaped. It knows nothing
// else, and leaves whatever it does not know to encoding/json, with which it
// agrees on what it does (FuzzTheScannerReadsWhatJSONReads).
type scanner struct {
	text []byte
	at   int
}

// request is the request, if it is of that sort. A query that is kept costs no
// copy of its text.
func (s *scanner) request(known *queryCache) (r Request, ok bool) {
	hasVariables := false
	ok = s.object(func(name []byte) bool {
		switch string(name) {
		case "query":
			r.Query, ok = s.query(known)
			return ok
		case "operationName":
			return s.null() || s.plain(&r.OperationName)
		case "variables":
			// Twice would be merged.
			if hasVariables {
				return false
			}
			hasVariables = true
			return s.null() || s.variables(&r.Variables)
		}
		return false
	})
	s.space()
	return r, ok && s.at == len(s.text)
}

func (s *scanner) variables(to *map[string]any) bool {
	*to = make(map[string]any, 1)
	return s.object(func(name []byte) bool {
		var value string
		switch {
		case s.plain(&value):
			(*to)[string(name)] = value
		case s.null():
			(*to)[string(name)] = nil
		default:
			n, ok := s.number()
			if !ok {
				return false
			}
			(*to)[string(name)] = n
		}
		return true
	})
}

// query reads a query's text, which may have anything in it.
func (s *scanner) query(known *queryCache) (string, bool) {
	token, plain, ok := s.token()
	if !ok {
		return "", false
	}
	if plain {
		return known.text(token[1 : len(token)-1]), true
	}
	var query string
	return query, json.Unmarshal(token, &query) == nil
}

// object reads an object: member is called at each value.
func (s *scanner) object(member func(name []byte) bool) bool {
	if !s.next('{') {
		return false
	}
	if s.next('}') {
		return true
	}
	for {
		s.space()
		name, plain, ok := s.token()
		if !ok || !plain || !s.next(':') {
			return false
		}
		s.space()
		if !member(name[1 : len(name)-1]) {
			return false
		}
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// plain reads a text without anything that is written otherwise than it is.
func (s *scanner) plain(to *string) bool {
	token, plain, ok := s.token()
	if !ok || !plain {
		return false
	}
	*to = string(token[1 : len(token)-1])
	return true
}

// token is the string that begins here, with its quotes; plain tells that it is
// ASCII without escapes.
func (s *scanner) token() (token []byte, plain, ok bool) {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		return nil, false, false
	}
	plain = true
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			token = s.text[s.at : i+1]
			s.at = i + 1
			return token, plain, true
		case c == '\\':
			plain = false
			i++
		case c < 0x20:
			return nil, false, false
		case c >= 0x7F:
			plain = false
		}
	}
	return nil, false, false
}

// number reads a whole number: digits, without a nought before others.
func (s *scanner) number() (json.Number, bool) {
	from := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	digits := s.text[from:s.at]
	if len(digits) == 0 || digits[0] == '0' && len(digits) > 1 {
		return "", false
	}
	return json.Number(digits), true
}

// null steps over a null.
func (s *scanner) null() bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte("null")) {
		return false
	}
	s.at += len("null")
	return true
}

// next steps over space and a byte, if it is the next.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.at == len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}
