package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed assets
var assetFiles embed.FS

//go:embed pages
var pageFiles embed.FS

// The files that GraphiQL is made of (assets/README.md), in the order in which
// they are loaded.
var (
	graphiqlScripts = []string{"react-18.3.1.production.min.js", "react-dom-18.3.1.production.min.js", "graphiql-3.8.3.min.js", "graphiql.js"}
	graphiqlStyles  = []string{"graphiql-3.8.3.min.css", "page.css"}
)

// pages are what people see.
type pages struct {
	startPage, graphiqlPage []byte
	assets                  map[string]*asset
}

type example struct{ SV, EN, Query string }

// examples are the queries worth trying, and GraphiQL's first.
var examples = []example{
	{
		"Enheterna, vad de är och vad de hör till", "The units, what they are and what they belong to",
		`query Organisations {
  organisations(first: 10) {
    nodes {
      name { text lang }
      type { label(lang: "sv") }
      parent { role target { name { text } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`,
	},
	{
		"Tjänsterna, vem som ansvarar och hur man når dem", "The services, who answers for them and how to reach them",
		`query Services {
  services(first: 10) {
    nodes {
      name { text lang }
      provider { target { name { text } } }
      channel { medium value }
    }
  }
}`,
	},
	{
		"Varje uppgift med sin källa, och det som sades men inte vann", "Every value with its source, and what was said and lost",
		`query Evidence {
  organisations(first: 3) {
    nodes {
      name { text }
      statements(properties: ["name", "identifier"]) {
        property
        text
        rule
        support { source original since }
        alternatives { text lost }
      }
    }
  }
}`,
	},
}

func newPages(c Config) (*pages, error) {
	p := &pages{assets: map[string]*asset{}}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch path.Ext(e.Name()) {
		case ".js", ".css":
			p.assets[e.Name()] = &asset{name: e.Name()}
		}
	}
	templates, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	data := struct {
		Name            string
		Base            string
		Dumps, Login    bool
		Examples        []example
		First           string
		Scripts, Styles []string
	}{c.Name, c.BaseIRI, c.DumpDir != "", c.Logins != nil && c.Logins.HasProvider(), examples, examples[0].Query, graphiqlScripts, graphiqlStyles}
	for name, to := range map[string]*[]byte{"start.html": &p.startPage, "graphiql.html": &p.graphiqlPage} {
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, name, data); err != nil {
			return nil, fmt.Errorf("write the page %s: %w", name, err)
		}
		*to = b.Bytes()
	}
	return p, nil
}

func (p *pages) start(w http.ResponseWriter, _ *http.Request)    { writePage(w, p.startPage) }
func (p *pages) graphiql(w http.ResponseWriter, _ *http.Request) { writePage(w, p.graphiqlPage) }

func writePage(w http.ResponseWriter, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(page)
}

// asset is a file that pages load, read when it is first asked for: the start
// of the program does not wait for it.
type asset struct {
	name  string
	once  sync.Once
	plain []byte
	gzip  []byte
	etag  string
	err   error
}

func (a *asset) load() error {
	a.once.Do(func() {
		if a.plain, a.err = assetFiles.ReadFile("assets/" + a.name); a.err != nil {
			return
		}
		sum := sha256.Sum256(a.plain)
		a.etag = `"` + hex.EncodeToString(sum[:16]) + `"`
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, a.err = z.Write(a.plain); a.err != nil {
			return
		}
		a.err = z.Close()
		a.gzip = b.Bytes()
	})
	return a.err
}

func (p *pages) asset(w http.ResponseWriter, r *http.Request) {
	a := p.assets[r.PathValue("name")]
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if err := a.load(); err != nil {
		http.Error(w, "the file could not be read", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}[path.Ext(a.name)])
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	body, etag := a.plain, a.etag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, etag = a.gzip, strings.TrimSuffix(etag, `"`)+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Etag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
