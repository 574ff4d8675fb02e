package match

import "strings"

// shortStreets are how Swedish addresses shorten the ends of streets' names,
// with the point that tells it: "Storg. 1", "Björkv. 5".
var shortStreets = []struct{ short, whole string }{{"gat.", "gatan"}, {"g.", "gatan"}, {"vä.", "vägen"}, {"v.", "vägen"}, {"st.", "stigen"}, {"gr.", "gränd"}, {"pl.", "plan"}}

// streetWords are whole words that are shortened.
var streetWords = map[string]string{
	"s.": "södra", "n.": "norra", "ö.": "östra", "s:t": "sankt", "st": "sankt", "s:ta": "sankta", "sta": "sankta", "g:a": "gamla", "gla": "gamla",
	"st.": "sankt", "l:a": "lilla", "gt": "gatan",
}

// apartStreets are ends that stand apart, after whose street it is.
var apartStreets = map[string]string{"v.": "väg", "g.": "gata", "gr.": "gränd", "pl.": "plats"}

// expandStreet writes out what an address shortens.
func expandStreet(s string) string {
	if !strings.ContainsAny(s, ".:") && !strings.HasPrefix(s, "St ") && !strings.HasPrefix(s, "ST ") {
		return s
	}
	words := strings.Fields(s)
	for i, w := range words {
		lower := strings.ToLower(w)
		switch whole, ok := streetWords[lower]; {
		case ok && i == 0:
			words[i] = whole
			continue
		case lower == "v." && i == 0:
			words[i] = "västra"
			continue
		}
		if whole, ok := apartStreets[lower]; ok && i > 0 && !strings.HasSuffix(words[i-1], "a") {
			words[i] = whole // Kjell Lindkvists v., but Södra v. is vägen
			continue
		}
		for _, e := range shortStreets {
			if rest, ok := strings.CutSuffix(lower, e.short); ok {
				words[i] = rest + e.whole
				break
			}
		}
	}
	return strings.Join(words, " ")
}
