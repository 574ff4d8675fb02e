package server

import (
	"net/http"
	"strconv"
	"strings"
)

// mediaRange is one of the ranges of an Accept header.
type mediaRange struct {
	name string // type and subtype in lower case, either of which may be *
	q    float64
}

// accepted are the media ranges that a request's Accept headers name (RFC 9110,
// 12.5.1): all its lines are one list. What is no media range is left out, so that
// there are none where the caller has no preference.
func accepted(r *http.Request) (ranges []mediaRange) {
	for _, line := range r.Header.Values("Accept") {
		for _, item := range splitUnquoted(line, ',') {
			parts := splitUnquoted(item, ';')
			name := strings.ToLower(strings.TrimSpace(parts[0]))
			if strings.Contains(name, "/") {
				ranges = append(ranges, mediaRange{name, weight(parts[1:])})
			}
		}
	}
	return ranges
}

// quality is how much a caller likes a media type, from 0 to 1: the weight of the
// most specific range that it falls in, and of equally specific ones the highest.
// Parameters but q, such as a profile, make no difference.
func quality(ranges []mediaRange, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	best, q := 0, 0.0
	for _, r := range ranges {
		specific := 0
		switch r.name {
		case media:
			specific = 3
		case kind + "/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		switch {
		case specific > best:
			best, q = specific, r.q
		case specific == best && specific > 0:
			q = max(q, r.q)
		}
	}
	return q
}

// weight is the q of a media range's parameters, 1 when there is none that can
// be read.
func weight(params []string) float64 {
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			if q, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
		}
	}
	return 1
}

// splitUnquoted cuts a header's text where a separator stands outside of a quoted
// string, in which a backslash takes the next byte as it is (RFC 9110, 5.6.4).
func splitUnquoted(text string, separator byte) (parts []string) {
	quoted, start := false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == separator && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
